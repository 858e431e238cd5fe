import LarderModel

/// Who a request comes from, and so what it may do.
package struct Principal: Sendable {
    package enum Scope: String, Sendable, CaseIterable {
        case read, write
        /// Everything, administration included.
        case admin
    }

    package let scopes: Set<Scope>
    /// The one site it may touch; nil: any.
    package let site: SiteID?
    /// Patterns of the stores it may touch; nil: any.
    package let stores: [Glob]?

    package init(scopes: Set<Scope>, site: SiteID? = nil, stores: [Glob]? = nil) {
        self.scopes = scopes
        self.site = site
        self.stores = stores
    }

    package static let admin = Principal(scopes: [.admin])

    /// Whether it may act on a store. Decided on the store that arrived, after percent-decoding: a client whose URL code collapsed `..`
    /// asks for another store, and is judged by that one.
    /// - Throws: `LarderError` `.forbidden`.
    package func check(_ scope: Scope, site: SiteID, store: StoreName? = nil) throws(LarderError) {
        guard scopes.contains(.admin) || scopes.contains(scope) else {
            throw LarderError(.forbidden, "This token may not \(scope.rawValue); use one that may.")
        }
        guard self.site == nil || self.site == site else { throw LarderError(.forbidden, "This token belongs to another site.") }
        guard let stores, let store else { return }
        guard stores.contains(where: { $0.matches(store.bytes) }) else {
            throw LarderError(.forbidden, "This token may not touch the store '\(store)'.")
        }
    }
}
