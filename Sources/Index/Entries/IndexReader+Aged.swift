package import LarderModel

extension IndexReader {
    /// How many entries of a store were last changed at `cutoff` or before. Counts in the index alone.
    package func countAged(in store: Int64, by cutoff: Timestamp) throws -> Int64 {
        try db.one("SELECT COUNT(*) FROM entries WHERE store = ?1 AND modified_at <= ?2") {
            $0.set(1, store)
            $0.set(2, cutoff)
        } _: {
            $0.int64(0)
        } ?? 0
    }

    /// Entries of a store last changed at `cutoff` or before, oldest first, behind `position`, at most `limit`.
    package func aged(in store: Int64, by cutoff: Timestamp, after position: TimePosition, limit: Int) throws
        -> [AgedEntry]
    {
        var found: [AgedEntry] = []
        found.reserveCapacity(limit)
        try db.each(
            """
            SELECT key, modified_at, size, expires_at FROM entries
            WHERE store = ?1 AND (modified_at, key) > (?2, ?3) AND modified_at <= ?4 ORDER BY modified_at, key LIMIT ?5
            """
        ) {
            $0.set(1, store)
            $0.set(2, position.time)
            $0.set(3, position.key)
            $0.set(4, cutoff)
            $0.set(5, limit)
        } _: {
            found.append(Self.aged(from: $0))
            return true
        }
        return found
    }

    private static func aged(from row: any SQLRow) -> AgedEntry {
        AgedEntry(
            key: EntryKey(trusted: row.bytes(0)), modifiedAt: row.timestamp(1), size: row.int64(2),
            expiresAt: row.timestampIfAny(3))
    }

    /// How many entries, and how many bytes of them, a store holds that were last changed at `cutoff` or before and
    /// have not expired by `now`.
    package func sumAged(in store: Int64, by cutoff: Timestamp, now: Timestamp) throws -> (count: Int64, bytes: Int64) {
        try db.one(
            """
            SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM entries
            WHERE store = ?1 AND modified_at <= ?2 AND (expires_at IS NULL OR expires_at > ?3)
            """
        ) {
            $0.set(1, store)
            $0.set(2, cutoff)
            $0.set(3, now)
        } _: {
            ($0.int64(0), $0.int64(1))
        } ?? (0, 0)
    }

    /// Of the entries that ``sumAged(in:by:now:)`` counts, the `limit` changed longest ago and the `limit` largest; one
    /// may be both.
    package func agedExamples(in store: Int64, by cutoff: Timestamp, now: Timestamp, limit: Int) throws -> [AgedEntry] {
        var found: [AgedEntry] = []
        for order in ["modified_at, key", "size DESC, key"] {
            try db.each(
                """
                SELECT key, modified_at, size, expires_at FROM entries
                WHERE store = ?1 AND modified_at <= ?2 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY \(order)
                    LIMIT ?4
                """
            ) {
                $0.set(1, store)
                $0.set(2, cutoff)
                $0.set(3, now)
                $0.set(4, limit)
            } _: {
                found.append(Self.aged(from: $0))
                return true
            }
        }
        return found
    }

    /// How many entries of all stores have expired by `now`.
    package func countExpired(by now: Timestamp) throws -> Int64 {
        try db.one("SELECT COUNT(*) FROM entries WHERE expires_at IS NOT NULL AND expires_at <= ?1") {
            $0.set(1, now)
        } _: {
            $0.int64(0)
        } ?? 0
    }

    /// Entries of all stores whose TTL has passed by `now`, in that order, behind `position`, at most `limit`.
    package func expired(by now: Timestamp, after position: TimePosition, limit: Int) throws -> [(
        store: Int64, entry: AgedEntry
    )] {
        var found: [(store: Int64, entry: AgedEntry)] = []
        try db.each(
            """
            SELECT key, modified_at, size, expires_at, store FROM entries
            WHERE expires_at IS NOT NULL AND (expires_at, store, key) > (?1, ?2, ?3) AND expires_at <= ?4
            ORDER BY expires_at, store, key LIMIT ?5
            """
        ) {
            $0.set(1, position.time)
            $0.set(2, position.store)
            $0.set(3, position.key)
            $0.set(4, now)
            $0.set(5, limit)
        } _: {
            found.append(($0.int64(4), Self.aged(from: $0)))
            return true
        }
        return found
    }
}
