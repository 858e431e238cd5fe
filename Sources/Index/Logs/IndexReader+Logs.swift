package import LarderModel

extension IndexReader {
    static let headColumns =
        "key, first, last, count, bytes, dropped, state, started_at, updated_at, progress, message"
    static let headColumnCount = 11

    static func logHead(from row: any SQLRow) throws -> LogHead {
        guard let state = RunState(stored: row.int(6)) else { throw IndexDamage(what: "an unknown run state") }
        return LogHead(
            key: EntryKey(trusted: row.bytes(0)), first: row.int64(1), last: row.int64(2), count: row.int(3),
            bytes: row.int64(4), dropped: row.int64(5), state: state, startedAt: row.timestamp(7),
            updatedAt: row.timestamp(8), progress: row.doubleIfAny(9), message: row.stringIfAny(10))
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

    /// A log that is there: its head, and the entry that shows it.
    /// - Returns: nil when there is none, or its time is over.
    package func standingLog(_ name: EntryName, now: Timestamp) throws -> (head: LogHead, entry: Entry)? {
        guard let head = try logHead(name), let entry = try entry(name), entry.placement == .log,
            !entry.isExpired(at: now)
        else { return nil }
        return (head, entry)
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
        guard let log = try logRange(name) else { return }
        try db.each(
            """
            SELECT seq, position, received_at, event, happened_at FROM log_events
            WHERE log = ?1 AND seq > ?2 AND event IS NOT NULL ORDER BY seq LIMIT ?3
            """
        ) {
            $0.set(1, log.id)
            $0.set(2, max(after, log.sequences.lowerBound - 1))
            $0.set(3, limit)
        } _: { row in
            try body(Self.logEvent(from: row))
        }
    }

    static func logEvent(from row: any SQLRow) -> LogEvent {
        LogEvent(
            sequence: row.int64(0), position: row.int64(1), receivedAt: row.timestamp(2), at: row.timestampIfAny(4),
            json: row.bytes(3))
    }

    /// How many events are kept behind `after`, and the bytes of their JSON.
    package func logExtent(_ name: EntryName, after: Int64) throws -> (count: Int, bytes: Int) {
        guard let head = try logHead(name) else { return (0, 0) }
        guard after >= head.first else { return (head.count, Int(head.bytes)) }
        return try db.one(
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

    /// A log's number, and the sequence numbers of the first event that it keeps and of its last; nil: it has none.
    func logRange(_ name: EntryName) throws -> (id: Int64, sequences: ClosedRange<Int64>)? {
        try db.one(
            """
            SELECT id, first, last FROM logs
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key = ?3 AND count > 0
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
        } _: { row in
            row.int64(1) <= row.int64(2) ? (row.int64(0), row.int64(1)...row.int64(2)) : nil
        } ?? nil
    }

    /// How far positions are given.
    package func positions() throws -> EventPositions {
        try db.one(db.positionsSQL) { _ in
        } _: {
            EventPositions(settled: $0.int64(0), given: $0.int64(1))
        } ?? EventPositions(settled: 0, given: 0)
    }
}
