package import LarderModel

extension IndexReader {
    package func tokenCount() throws -> Int {
        try db.one("SELECT COUNT(*) FROM tokens") { $0.int(0) } ?? 0
    }

    /// All tokens, oldest first.
    package func tokens() throws -> [Token] {
        var tokens: [Token] = []
        try db.each(
            """
            SELECT id, hash, scopes, site, stores, note, created_at, expires_at, last_used_at, requests_per_second,
                bytes_per_second
            FROM tokens ORDER BY created_at, id
            """
        ) { _ in
        } _: {
            let (scopes, site, stores) = ($0.string(2), $0.string(3), $0.string(4))
            tokens.append(
                Token(
                    id: $0.string(0),
                    scopes: Set(scopes.split(separator: " ").compactMap { Token.Scope(rawValue: String($0)) }),
                    site: site.isEmpty ? nil : try SiteID(site),
                    stores: stores.isEmpty ? nil : try stores.split(separator: "\n").map { try Glob(String($0)) },
                    note: $0.string(5), createdAt: $0.timestamp(6), expiresAt: $0.timestampIfAny(7),
                    lastUsedAt: $0.timestampIfAny(8), hash: $0.bytes(1),
                    limit: RateLimit(
                        requestsPerSecond: $0.int64IfAny(9).map { Int($0) }, bytesPerSecond: $0.int64IfAny(10))))
            return true
        }
        return tokens
    }
}
