/// A credential as it is kept: everything but its secret, of which there is a hash.
package struct Token: Sendable, Hashable {
    package enum Scope: String, Sendable, CaseIterable {
        case read, write
        /// Everything within its site and stores; without either, administration too.
        case admin
    }

    /// Names the token in lists and for revoking; no secret.
    package var id: String
    package var scopes: Set<Scope>
    /// The one site it is for; nil: all.
    package var site: SiteID?
    /// Patterns of the stores it is for; nil: all.
    package var stores: [Glob]?
    package var note: String
    package var createdAt: Timestamp
    /// From then on it is not valid; nil: never.
    package var expiresAt: Timestamp?
    /// To the minute; nil: never used.
    package var lastUsedAt: Timestamp?
    /// SHA-256 of the secret.
    package var hash: [UInt8]
    /// Its own limits; where it has none, the server's defaults count.
    package var limit: RateLimit

    package init(
        id: String, scopes: Set<Scope>, site: SiteID?, stores: [Glob]?, note: String, createdAt: Timestamp,
        expiresAt: Timestamp?,
        lastUsedAt: Timestamp? = nil, hash: [UInt8], limit: RateLimit = .none
    ) {
        self.id = id
        self.scopes = scopes
        self.site = site
        self.stores = stores
        self.note = note
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.hash = hash
        self.limit = limit
    }

    package func isValid(at time: Timestamp) -> Bool { expiresAt.map { $0 > time } ?? true }
}
