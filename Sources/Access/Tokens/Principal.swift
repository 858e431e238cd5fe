package import LarderModel

/// Who a request comes from, and so what it may do.
package struct Principal: Sendable, Hashable {
    package typealias Scope = Token.Scope

    /// What a request came with.
    package enum Credential: Sendable, Hashable {
        /// Nothing: the server is open to all.
        case open
        /// `admin.token`. The generation goes up each time it is rolled, which puts out all that came with an older
        /// one.
        case admin(generation: Int)
        case token(id: String)
    }

    package let scopes: Set<Scope>
    /// The one site it may touch; nil: any.
    package let site: SiteID?
    /// Patterns of the stores it may touch; nil: any.
    package let stores: [Glob]?
    package let credential: Credential
    /// The console session through which the credential came; nil: it came by itself.
    package var session: SessionID?
    /// Holds its token to its rate; nil: nothing does.
    package let limiter: RateLimiter?

    package init(
        scopes: Set<Scope>, site: SiteID? = nil, stores: [Glob]? = nil, credential: Credential = .open,
        session: SessionID? = nil,
        limiter: RateLimiter? = nil
    ) {
        self.scopes = scopes
        self.site = site
        self.stores = stores
        self.credential = credential
        self.session = session
        self.limiter = limiter
    }

    /// Everybody, where the server is open to all.
    package static let admin = Principal(scopes: [.admin])
    package static func admin(generation: Int) -> Principal {
        Principal(scopes: [.admin], credential: .admin(generation: generation))
    }

    /// As histories and logs name it; no secret.
    package var name: String {
        let own =
            switch credential {
            case .open: "anyone"
            case .admin: "admin"
            case .token(let id): "token \(id)"
            }
        return session == nil ? own : "\(own) (console)"
    }

    /// Whether it may act on a store. Decided on the store that arrived, after percent-decoding: a client whose URL
    /// code collapsed `..` asks for another store, and is judged by that one.
    /// - Throws: `LarderError` `.forbidden`.
    package func check(_ scope: Scope, site: SiteID, store: StoreName? = nil) throws(LarderError) {
        guard scopes.contains(.admin) || scopes.contains(scope) else {
            throw LarderError(.forbidden, "This token may not \(scope.rawValue); use one that may.")
        }
        guard self.site == nil || self.site == site else {
            throw LarderError(.forbidden, "This token belongs to another site.")
        }
        guard let stores, let store else { return }
        guard stores.contains(where: { $0.matches(store.bytes) }) else {
            throw LarderError(.forbidden, "This token may not touch the store '\(store)'.")
        }
    }

    /// Whether it may do something in all sites and stores.
    /// - Throws: `LarderError` `.forbidden`.
    package func checkEverywhere(_ scope: Scope) throws(LarderError) {
        try check(scope, site: site ?? .default)
        guard site == nil, stores == nil else {
            throw LarderError(.forbidden, "This takes a token for all sites and stores.")
        }
    }

    /// Whether it may see a store in a list.
    package func sees(_ store: StoreName) -> Bool { stores?.contains { $0.matches(store.bytes) } ?? true }

    /// Whether it may administer the server, which no site or store bounds.
    /// - Throws: `LarderError` `.forbidden`.
    package func checkAdministration() throws(LarderError) {
        guard scopes.contains(.admin), site == nil, stores == nil else {
            throw LarderError(.forbidden, "This takes a token with the scope admin, for all sites and stores.")
        }
    }
}
