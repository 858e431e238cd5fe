import LarderModel

extension IndexReader {
    /// All tokens, oldest first.
    package func tokens() throws -> [TokenRow] {
        var rows: [TokenRow] = []
        try db.each(
            """
            SELECT id, hash, scopes, site, stores, note, created_at, expires_at, last_used_at, requests_per_second,
                bytes_per_second
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
