import Disk
import Access
import BlobStore
import LarderModel
import Synchronization

/// `<data>/admin.token`.
final class AdminToken: Sendable {
    private let file: SecretFile
    /// Rolls take turns, so that the file and the authenticator end with the same token.
    private let turn = Mutex(())

    init(_ file: SecretFile) { self.file = file }

    /// Puts a new token in the place of the old one, which is out of force when this returns. Blocks.
    /// - Returns: the new token.
    func roll(_ authenticator: Authenticator) throws -> String {
        try turn.withLock { _ in
            let token = Secrets.random()
            try file.replace(token)
            authenticator.replaceAdminToken(token)
            return token
        }
    }
}
