import Access
import BlobStore
import Housekeeping
import LarderHTTP
import LarderModel
import LearningMemory
import Logging

/// What the faces work with. Immutable; its parts guard themselves.
struct ServerContext: Sendable {
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

    /// Lets a request act on a store of a site that its path names.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func authorize(_ request: RequestHead, _ scope: Principal.Scope, site: SiteID, store: StoreName? = nil)
        throws(LarderError)
    {
        try principal(request).check(scope, site: site, store: store)
    }

    /// Lets a native request act on a store by its token.
    /// - Returns: the site: what `?site=` says, else the token's, else the default one; and who asks.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func authorizeStore(_ request: RequestHead, _ scope: Principal.Scope, _ store: StoreName) throws(LarderError) -> (
        SiteID, Principal
    ) {
        let asked = try NativeSite.asked(request)
        let principal = try principal(request)
        let site = asked ?? principal.site ?? .default
        try principal.check(scope, site: site, store: store)
        return (site, principal)
    }

    /// Lets a native read act on a store, by its signature where it carries one, else by its token.
    /// - Returns: the site, as ``authorizeStore(_:_:_:)`` has it, and the right by which.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func authorizeRead(_ request: RequestHead, _ store: StoreName) throws(LarderError) -> (SiteID, Exposure) {
        if try signature(request) != nil { return (try NativeSite.asked(request) ?? .default, .signature) }
        return (try authorizeStore(request, .read, store).0, .token)
    }

    /// What the signature that a request carries opens; nil when it carries none.
    /// - Throws: `LarderError` `.forbidden` when it carries one that does not open this.
    func signature(_ request: RequestHead) throws(LarderError) -> URLSigner.Grant? {
        guard !request.query.isEmpty, URLSigner.isSigned(request.query) else { return nil }
        return try signer.check(method: request.method.rawValue, path: request.path, query: request.query)
    }

    /// Lets a request administer the server.
    /// - Returns: who asks.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    @discardableResult
    func authorizeAdministration(_ request: RequestHead) throws(LarderError) -> Principal {
        let principal = try principal(request)
        try principal.checkAdministration()
        return principal
    }

    /// Who asks: by `Authorization`, else by the console's cookie where that counts.
    /// - Throws: `LarderError` `.unauthorized`, `.crossOrigin`.
    func principal(_ request: RequestHead) throws(LarderError) -> Principal {
        if authenticator.isOpen {
            try OpenServerGuard.check(request, cors)
            return .admin
        }
        let authorization = request.headers.first(name: "authorization")
        if authorization == nil, let principal = try SessionCookie.principal(request, self) { return principal }
        return try authenticator.principal(authorization: authorization)
    }

    /// What holds the token of a request to its rate; nil: nothing does.
    func limiter(_ request: RequestHead) -> RateLimiter? {
        authenticator.hasLimits ? (try? principal(request))?.limiter : nil
    }

    /// Whether who was let in before still would be. Streams ask it as they go.
    func isStillValid(_ principal: Principal) -> Bool {
        authenticator.isStillValid(principal) && principal.session.map { sessions.isOpen($0) } ?? true
    }

    /// The site of a native request that is about no one store, and who asks.
    func authorizeSite(_ request: RequestHead, _ scope: Principal.Scope) throws(LarderError) -> (SiteID, Principal) {
        let principal = try principal(request)
        let site = try NativeSite.asked(request) ?? principal.site ?? .default
        try principal.check(scope, site: site)
        return (site, principal)
    }
}
