import Index
import Synchronization

/// The nodes that have the index open, and what they tell one another.
extension PostgresDatabase: SQLBulletin {
    var bulletin: (any SQLBulletin)? { isAlone ? nil : self }

    func open(as number: Int64, for reader: any SQLBulletinReader) throws -> Bool {
        guard let board = try PostgresBulletin.open(opener, as: number, for: reader) else { return false }
        self.board.withLock { $0 = board }
        try join(as: number)
        return true
    }

    func isClaimed(_ number: Int64) throws -> Bool {
        try read { session in
            try session.one(
                """
                SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND CAST(objid AS BIGINT) = ?1
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND CAST(classid AS BIGINT) = (CAST(\(PostgresBulletin.lockClass) AS BIGINT) & 4294967295)
                """
            ) {
                $0.set(1, number)
            } _: { _ in
                true
            } ?? false
        }
    }

    func wake() { board.withLock { $0 }?.wake() }

    func leave() {
        board.withLock { board in
            defer { board = nil }
            return board
        }?.close()
    }
}
