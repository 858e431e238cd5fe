package import LarderModel

extension IndexTransaction {
    package func insert(_ token: TokenRow) throws {
        try db.run(
            """
            INSERT INTO tokens
                (id, hash, scopes, site, stores, note, created_at, expires_at, last_used_at, requests_per_second,
                    bytes_per_second)
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
        try db.change("DELETE FROM tokens WHERE id = ?1") { $0.set(1, id) } > 0
    }

    package func recordTokenUses(_ uses: [String: Timestamp]) throws {
        for (id, time) in uses {
            try db.run("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1") {
                $0.set(1, id)
                $0.set(2, time)
            }
        }
    }
}
