import Access
import BlobStore
import Housekeeping
import LarderHTTP
import LarderModel
import LearningMemory
import Logging

/// What the faces work with, handed from request to request. Its parts guard themselves.
final class ServerContext: Sendable {
    let entries: EntryStore
    let memory: MemoryService
    let authenticator: Authenticator
    let sessions: Sessions
    /// Bounds wrong tokens at the console's door.
    let attempts: AttemptLimit
    let signingKeys: SigningKeys
    let adminToken: AdminToken
    let tokens: TokenStore
    let jobs: JobRunner
    let metrics: RequestMetrics
    let gate: Gatekeeper
    let logger: Logger
    let isTLS: Bool
    let publicMetrics: Bool
    let cors: CORS

    var signer: URLSigner { signingKeys.signer }
    var audit: AuditLog { AuditLog(blobs: store, logger: logger) }
    var store: BlobStore { entries.blobs }

    init(
        entries: EntryStore, memory: MemoryService, authenticator: Authenticator, sessions: Sessions,
        attempts: AttemptLimit, signingKeys: SigningKeys, adminToken: AdminToken, tokens: TokenStore, jobs: JobRunner,
        metrics: RequestMetrics, gate: Gatekeeper, logger: Logger, isTLS: Bool, publicMetrics: Bool, cors: CORS
    ) {
        self.entries = entries
        self.memory = memory
        self.authenticator = authenticator
        self.sessions = sessions
        self.attempts = attempts
        self.signingKeys = signingKeys
        self.adminToken = adminToken
        self.tokens = tokens
        self.jobs = jobs
        self.metrics = metrics
        self.gate = gate
        self.logger = logger
        self.isTLS = isTLS
        self.publicMetrics = publicMetrics
        self.cors = cors
    }

    /// Whether who was let in before still would be. Streams ask it as they go.
    func isStillValid(_ principal: Principal) -> Bool {
        authenticator.isStillValid(principal) && principal.session.map { sessions.isOpen($0) } ?? true
    }
}
