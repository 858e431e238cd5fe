package import LarderModel

extension IndexTransaction {
    /// Keeps a token. Scopes are words separated by blanks; no site: all; patterns of stores are separated by line
    /// breaks, none: all stores.
    package func insert(_ token: Token) throws {
        try changeAccess()
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
            $0.set(3, token.scopes.map(\.rawValue).sorted().joined(separator: " "))
            $0.set(4, token.site?.text ?? "")
            $0.set(5, token.stores?.map(\.text).joined(separator: "\n") ?? "")
            $0.set(6, token.note)
            $0.set(7, token.createdAt)
            $0.set(8, token.expiresAt)
            $0.set(9, token.lastUsedAt)
            $0.set(10, token.limit.requestsPerSecond.map(Int64.init))
            $0.set(11, token.limit.bytesPerSecond)
        }
    }

    /// - Returns: whether there was one.
    package func deleteToken(id: String) throws -> Bool {
        guard try db.change("DELETE FROM tokens WHERE id = ?1", { $0.set(1, id) }) > 0 else { return false }
        try changeAccess()
        return true
    }

    /// Notes when tokens were last used; an earlier time than what is noted already changes nothing.
    package func recordTokenUses(_ uses: [String: Timestamp]) throws {
        // In one order, so that two nodes don't wait for each other.
        for (id, time) in uses.sorted(by: { $0.key < $1.key }) {
            try db.run(
                "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)"
            ) {
                $0.set(1, id)
                $0.set(2, time)
            }
        }
    }
}
