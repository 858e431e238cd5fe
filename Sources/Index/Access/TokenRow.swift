package import LarderModel

/// A token as the index keeps it: text, so that the index knows nothing of scopes.
package struct TokenRow: Sendable, Hashable {
    package var id: String
    /// SHA-256 of the secret.
    package var hash: [UInt8]
    /// Words separated by blanks.
    package var scopes: String
    /// Empty: all sites.
    package var site: String
    /// Patterns separated by line breaks; empty: all stores.
    package var stores: String
    package var note: String
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?
    package var lastUsedAt: Timestamp?
    package var requestsPerSecond: Int64?
    package var bytesPerSecond: Int64?

    package init(
        id: String, hash: [UInt8], scopes: String, site: String, stores: String, note: String, createdAt: Timestamp,
        expiresAt: Timestamp?,
        lastUsedAt: Timestamp?, requestsPerSecond: Int64?, bytesPerSecond: Int64?
    ) {
        self.id = id
        self.hash = hash
        self.scopes = scopes
        self.site = site
        self.stores = stores
        self.note = note
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.requestsPerSecond = requestsPerSecond
        self.bytesPerSecond = bytesPerSecond
    }
}
