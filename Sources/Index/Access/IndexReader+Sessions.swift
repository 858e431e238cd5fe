extension IndexReader {
    /// All sessions, in no order; ended ones may be among them.
    package func sessions() throws -> [SessionRow] {
        var sessions: [SessionRow] = []
        try db.each("SELECT id, token_hash, expires_at FROM sessions") { _ in
        } _: {
            sessions.append(SessionRow(id: $0.bytes(0), tokenHash: $0.bytes(1), expiresAt: $0.timestamp(2)))
            return true
        }
        return sessions
    }

    /// The hashes of the tokens that there are and that sessions were begun with; the admin token is none of them.
    package func tokensOfSessions() throws -> Set<[UInt8]> {
        var hashes: Set<[UInt8]> = []
        try db.each("SELECT hash FROM tokens WHERE hash IN (SELECT token_hash FROM sessions)") { _ in
        } _: {
            hashes.insert($0.bytes(0))
            return true
        }
        return hashes
    }
}
