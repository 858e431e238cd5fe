package import LarderModel

extension IndexReader {
    private static let headColumns =
        "key, first, last, count, dropped, state, started_at, updated_at, progress, message"

    static func logHead(from row: any SQLRow) throws -> LogHead {
        guard let state = RunState(stored: row.int(5)) else { throw IndexDamage(what: "an unknown run state") }
        return LogHead(
            key: EntryKey(trusted: row.bytes(0)), first: row.int64(1), last: row.int64(2), count: row.int(3),
            dropped: row.int64(4), state: state,
            startedAt: row.timestamp(6), updatedAt: row.timestamp(7), progress: row.doubleIfAny(8),
            message: row.stringIfAny(9))
    }

    /// What is known of a log; nil when nothing was ever appended. A log that was emptied has count 0.
    package func logHead(_ name: EntryName) throws -> LogHead? {
        try db.one(
            """
            SELECT \(Self.headColumns) FROM logs
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key = ?3
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
        } _: {
            try Self.logHead(from: $0)
        }
    }

    /// Kept events behind `after`, in order, until `limit` events or `byteLimit` bytes are together (but at least one).
    package func logEvents(_ name: EntryName, after: Int64, limit: Int, byteLimit: Int = .max) throws -> [LogEvent] {
        var events: [LogEvent] = []
        var bytes = 0
        try eachLogEvent(name, after: after, limit: limit) { event in
            bytes += event.json.count
            if bytes > byteLimit, !events.isEmpty { return false }
            events.append(event)
            return true
        }
        // A read that misses the newest event although that was answered.
        if PlantedFault.strikes(.shortLog), events.count % 7 == 3 { events.removeLast() }
        return events
    }

    /// The same one by one, until `body` returns false.
    package func eachLogEvent(_ name: EntryName, after: Int64, limit: Int, _ body: (LogEvent) throws -> Bool) throws {
        try db.each(
            """
            SELECT seq, position, received_at, event FROM log_events
            WHERE log = (SELECT id FROM logs WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2)
                AND key = ?3)
                AND seq > ?4 AND event IS NOT NULL
            ORDER BY seq LIMIT ?5
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
            $0.set(4, after)
            $0.set(5, limit)
        } _: { row in
            try body(
                LogEvent(
                    sequence: row.int64(0), position: row.int64(1), receivedAt: row.timestamp(2), json: row.bytes(3)))
        }
    }

    /// How many events are kept behind `after`, and the bytes of their JSON.
    package func logExtent(_ name: EntryName, after: Int64) throws -> (count: Int, bytes: Int) {
        try db.one(
            """
            SELECT count(*), coalesce(sum(length(event)), 0) FROM log_events
            WHERE log = (SELECT id FROM logs WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2)
                AND key = ?3)
                AND seq > ?4 AND event IS NOT NULL
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
            $0.set(4, after)
        } _: {
            ($0.int(0), $0.int(1))
        } ?? (0, 0)
    }

    /// Logs that one page looks at: it ends there with a next one, however few of them count.
    package static let logsMax = 10_000

    /// Logs of a store with events, last changed first, and the last one that was looked at where there may be more.
    /// - Parameters:
    ///   - prefix: of their keys.
    ///   - since: only those that changed then or later.
    ///   - before: the place of the last one already given.
    ///   - includes: which ones count; others are passed over.
    package func logs(
        of store: StoreName, in site: SiteID, prefix: [UInt8], since: Timestamp? = nil,
        before: (updatedAt: Timestamp, key: [UInt8])?, limit: Int, includes: (LogHead) -> Bool
    ) throws -> (heads: [LogHead], next: LogHead?) {
        guard let id = try storeID(site, store) else { return ([], nil) }
        var heads: [LogHead] = []
        var last: LogHead?
        var next: LogHead?
        var looked = 0
        try db.each(
            """
            SELECT \(Self.headColumns) FROM logs
            WHERE store = ?1 AND (updated_at, key) < (?2, ?3) AND key >= ?4 AND key < ?5 AND count > 0
                AND updated_at >= ?6
            ORDER BY updated_at DESC, key DESC LIMIT ?7
            """
        ) {
            $0.set(1, id)
            $0.set(2, before?.updatedAt ?? Timestamp(milliseconds: .max))
            $0.set(3, before?.key ?? EntryKey.end)
            $0.set(4, prefix)
            $0.set(5, prefix.endOfPrefix ?? EntryKey.end)
            $0.set(6, since ?? Timestamp(milliseconds: .min))
            $0.set(7, Self.logsMax + 1)
        } _: { row in
            let head = try Self.logHead(from: row)
            let counts = includes(head)
            if looked == Self.logsMax || counts && heads.count == limit {
                next = last
                return false
            }
            if counts { heads.append(head) }
            looked += 1
            last = head
            return true
        }
        return (heads, next)
    }

    /// The position of the last event of all.
    package func lastPosition() throws -> Int64 {
        try db.one("SELECT last FROM log_positions") { _ in
        } _: {
            $0.int64(0)
        } ?? 0
    }
}
