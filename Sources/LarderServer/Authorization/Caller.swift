import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Who makes a request, and what they may do. Whoever asks is looked up once.
struct Caller: Sendable {
    let request: RequestHead
    let server: ServerContext
    /// What was asked of the index for it.
    let findings: Findings
    private let credentials: [Credential]
    /// Looked up before anything else, where some token has a rate; nil: not yet.
    private let known: Result<Principal, LarderError>?

    init(_ request: RequestHead, _ server: ServerContext, _ credentials: [Credential], _ findings: Findings) {
        self.request = request
        self.server = server
        self.findings = findings
        self.credentials = credentials
        guard server.authenticator.hasLimits else {
            known = nil
            return
        }
        known = Result { () throws(LarderError) in try Self.principal(request, server, credentials, findings) }
    }

    /// What holds the request's token to its rate; nil: nothing does.
    var limiter: RateLimiter? {
        guard case .success(let principal)? = known else { return nil }
        return principal.limiter
    }

    /// Who asks.
    /// - Throws: `LarderError` `.unauthorized`, `.crossOrigin`.
    func principal() throws(LarderError) -> Principal {
        if let known { return try known.get() }
        return try Self.principal(request, server, credentials, findings)
    }

    /// Who asks, by one kind of credential; nil: the request does not carry it.
    func principal(by credential: Credential) throws(LarderError) -> Principal? {
        try Self.principal(request, server, credential, findings)
    }

    private static func principal(
        _ request: RequestHead, _ server: ServerContext, _ credential: Credential, _ findings: Findings
    ) throws(LarderError) -> Principal? {
        do { return try credential.principal(request, server) } catch {
            // A cookie that the index does not know either is as none.
            guard error.unknown == .session, findings.hasAccess else { throw error }
            return nil
        }
    }

    private static func principal(
        _ request: RequestHead, _ server: ServerContext, _ credentials: [Credential], _ findings: Findings
    ) throws(LarderError) -> Principal {
        if server.authenticator.isOpen {
            try OpenServerGuard.check(request, server.cors)
            return .admin
        }
        for credential in credentials {
            if let principal = try principal(request, server, credential, findings) { return principal }
        }
        return try server.authenticator.principal(authorization: nil)
    }

    /// What the signature that the request carries opens; nil when it carries none.
    /// - Throws: `LarderError` `.forbidden` when it carries one that does not open this.
    func signature() throws(LarderError) -> URLSigner.Grant? {
        guard !request.query.isEmpty, URLSigner.isSigned(request.query) else { return nil }
        return try server.signer.check(method: request.method.rawValue, path: request.path, query: request.query)
    }

    /// Lets the caller act on a site and a store of it.
    /// - Parameters:
    ///   - site: nil: the native one, which is the token's, or for a token of all sites what `?site=` says, else the
    ///     default.
    ///   - store: nil: the site as a whole.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func permit(_ scope: Principal.Scope, site: SiteID? = nil, store: StoreName? = nil) throws(LarderError) -> Permit {
        let asked = site == nil ? try NativeSite.asked(request) : site
        let principal = try principal()
        let site = asked ?? principal.site ?? .default
        try principal.check(scope, site: site, store: store)
        return Permit(grounds: .token(principal), site: site, store: store)
    }

    /// The same, by the signature instead where the request carries one.
    func permitSigned(_ scope: Principal.Scope, site: SiteID? = nil, store: StoreName) throws(LarderError) -> Permit {
        guard let signature = try signature() else { return try permit(scope, site: site, store: store) }
        let asked = site == nil ? try NativeSite.asked(request) : site
        return Permit(grounds: .signature(signature), site: asked ?? .default, store: store, exposure: .signature)
    }
}
