package import Disk
package import LarderModel
import Synchronization

/// `<data>/admin.token`.
package final class AdminToken: Sendable {
    private let file: SecretFile
    /// Rolls take turns, so that the file and the authenticator end with the same token.
    private let turn = Mutex(())
    /// The text of the file when it was opened.
    let initial: String

    /// Reads the token; makes one where there is none. Blocks.
    /// - Throws: `LarderError` naming the file, for who starts the server.
    package init(_ file: SecretFile) throws(LarderError) {
        self.file = file
        initial = try file.read(orMake: Secrets.random)
    }

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
