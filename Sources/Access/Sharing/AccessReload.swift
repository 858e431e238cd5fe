import BlobStore
import LarderModel
import Synchronization

/// Brings what this node has in memory of tokens, secrets and sessions up to what the index has. Where other nodes
/// change that too, nothing else changes it: what is read last is what holds.
final class AccessReload: Sendable {
    private let blobs: BlobStore
    private let authenticator: Authenticator
    private let sessions: Sessions
    private let signingKeys: SigningKeys
    private let adminToken: AdminToken
    /// What is in memory; nil: nothing was read yet.
    private let generation = Mutex<[UInt8]?>(nil)

    init(
        _ blobs: BlobStore, _ authenticator: Authenticator, _ sessions: Sessions, _ signingKeys: SigningKeys,
        _ adminToken: AdminToken
    ) {
        self.blobs = blobs
        self.authenticator = authenticator
        self.sessions = sessions
        self.signingKeys = signingKeys
        self.adminToken = adminToken
    }

    /// One at a time.
    func run() async throws {
        let known = generation.withLock { $0 }
        guard let rows = try await blobs.look({ try AccessRows($0, unless: known) }) else { return }
        authenticator.replaceTokens(rows.tokens)
        if let current = rows.signingKey { signingKeys.adopt(current, older: rows.olderSigningKeys ?? "") }
        let isRolled = rows.adminToken.map { authenticator.replaceAdminToken($0) } ?? false
        sessions.replace(rows.sessions)
        generation.withLock { $0 = rows.generation }
        if isRolled, let token = rows.adminToken { await adminToken.copy(token) }
    }
}
