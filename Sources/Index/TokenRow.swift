import GRDB
import LarderModel

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

extension IndexReader {
    /// All tokens, oldest first.
    package func tokens() throws -> [TokenRow] {
        var rows: [TokenRow] = []
        try db.each(
            """
            SELECT id, hash, scopes, site, stores, note, created_at, expires_at, last_used_at, requests_per_second, bytes_per_second
            FROM tokens ORDER BY created_at, id
            """
        ) { _ in
        } _: {
            rows.append(
                TokenRow(
                    id: $0.string(0), hash: $0.bytes(1), scopes: $0.string(2), site: $0.string(3), stores: $0.string(4),
                    note: $0.string(5),
                    createdAt: $0.timestamp(6), expiresAt: $0.timestampIfAny(7), lastUsedAt: $0.timestampIfAny(8),
                    requestsPerSecond: $0.int64IfAny(9), bytesPerSecond: $0.int64IfAny(10)))
            return true
        }
        return rows
    }
}

extension IndexTransaction {
    package func insert(_ token: TokenRow) throws {
        try db.run(
            """
            INSERT INTO tokens
                (id, hash, scopes, site, stores, note, created_at, expires_at, last_used_at, requests_per_second, bytes_per_second)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """
        ) {
            $0.set(1, token.id)
            $0.set(2, token.hash)
            $0.set(3, token.scopes)
            $0.set(4, token.site)
            $0.set(5, token.stores)
            $0.set(6, token.note)
            $0.set(7, token.createdAt)
            $0.set(8, token.expiresAt)
            $0.set(9, token.lastUsedAt)
            $0.set(10, token.requestsPerSecond)
            $0.set(11, token.bytesPerSecond)
        }
    }

    /// - Returns: whether there was one.
    package func deleteToken(id: String) throws -> Bool {
        let isThere =
            try db.one("SELECT 1 FROM tokens WHERE id = ?1") {
                $0.set(1, id)
            } _: { _ in
                true
            } ?? false
        try db.run("DELETE FROM tokens WHERE id = ?1") { $0.set(1, id) }
        return isThere
    }

    package func noteTokenUses(_ uses: [String: Timestamp]) throws {
        for (id, time) in uses {
            try db.run("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1") {
                $0.set(1, id)
                $0.set(2, time)
            }
        }
    }
}
