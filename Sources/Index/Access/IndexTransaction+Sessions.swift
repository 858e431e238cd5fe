extension IndexTransaction {
    /// Says that tokens, secrets or sessions are others behind this transaction: each node hears of it, or sees it when
    /// it looks. Of two such transactions beside each other one is made behind the other, so that what they count
    /// holds.
    package func changeAccess() throws {
        state.hasChangedAccess = true
        guard db.isRemote else { return }
        try note(.access, (0..<8).map { _ in UInt8.random(in: .min ... .max) })
    }

    package func insert(_ session: SessionRow) throws {
        try changeAccess()
        try db.run("INSERT INTO sessions (id, token_hash, expires_at) VALUES (?1, ?2, ?3)") {
            $0.set(1, session.id)
            $0.set(2, session.tokenHash)
            $0.set(3, session.expiresAt)
        }
    }

    /// Ends sessions, by their IDs; those that there are not are passed over.
    package func deleteSessions(_ ids: some Collection<[UInt8]>) throws {
        guard !ids.isEmpty else { return }
        try changeAccess()
        for id in ids { try db.run("DELETE FROM sessions WHERE id = ?1") { $0.set(1, id) } }
    }
}
