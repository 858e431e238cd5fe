import Access
import BlobStore
import Housekeeping
import LarderHTTP
import LarderModel
import LearningMemory
import Logging
import Vaults

/// What the faces work with, handed from request to request. Its parts guard themselves.
final class ServerContext: Sendable {
    let entries: EntryStore
    let namespaces: Namespaces
    let memory: MemoryService
    let vaults: VaultService
    let access: AccessControl
    let jobs: JobRunner
    let metrics: RequestMetrics
    let health = HealthHistory()
    let gate: Gatekeeper
    let frames: SharedFrames
    let logger: Logger
    let isTLS: Bool
    let publicMetrics: Bool
    let cors: CORS

    var authenticator: Authenticator { access.authenticator }
    var sessions: Sessions { access.sessions }
    var attempts: AttemptLimit { access.attempts }
    var tokens: Tokens { access.tokens }
    var signer: URLSigner { access.signer }
    var audit: AuditLog { access.audit }
    var blobs: BlobStore { entries.blobs }

    init(
        entries: EntryStore, namespaces: Namespaces, memory: MemoryService, vaults: VaultService,
        access: AccessControl, jobs: JobRunner,
        metrics: RequestMetrics, gate: Gatekeeper, logger: Logger, isTLS: Bool, publicMetrics: Bool, cors: CORS
    ) {
        self.entries = entries
        self.namespaces = namespaces
        self.memory = memory
        self.vaults = vaults
        self.access = access
        self.jobs = jobs
        self.metrics = metrics
        self.gate = gate
        frames = SharedFrames(gate.buffers)
        self.logger = logger
        self.isTLS = isTLS
        self.publicMetrics = publicMetrics
        self.cors = cors
    }
}
