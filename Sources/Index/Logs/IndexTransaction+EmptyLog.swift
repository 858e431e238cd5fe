package import LarderModel

/// Logs that go: whole, because their entries do, and one event after another.
extension IndexTransaction {
    /// Rows of events that go with their log at once; of a longer log they are left to garbage collection.
    private static let goneAtOnce: Int64 = 2_000

    /// Empties a log whose entry goes. Its head stays: sequence numbers go on.
    func emptyLog(_ name: EntryName) throws {
        guard var row = try logRow(name) else { return }
        try empty(&row, name)
    }

    /// The same; `row` is then as it stands.
    func empty(_ row: inout LogRow, _ name: EntryName) throws {
        if row.head.last - row.begin < Self.goneAtOnce {
            try db.run("DELETE FROM log_events WHERE log = ?1 AND seq >= ?2") {
                $0.set(1, row.id)
                $0.set(2, row.begin)
            }
        } else {
            try db.run(
                """
                INSERT INTO log_remains (log, through) VALUES (?1, ?2)
                ON CONFLICT (log) DO UPDATE SET through = ?2
                """
            ) {
                $0.set(1, row.id)
                $0.set(2, row.head.last)
            }
        }
        if row.begin <= row.head.last { try removeItems(row.begin...row.head.last, of: name) }
        row.begin = row.head.last + 1
        row.isShown = false
        row.recentPuts = []
        row.head.first = row.head.last + 1
        row.head.count = 0
        row.head.bytes = 0
        row.head.dropped = 0
        row.head.state = .running
        row.head.progress = nil
        row.head.message = nil
        row.head.updatedAt = now
        try db.run("UPDATE logs SET begin = ?2, recent_puts = ?3 WHERE id = ?1") {
            $0.set(1, row.id)
            $0.set(2, row.begin)
            $0.set(3, row.recentPuts)
        }
        try save(row)
        logChanges.append(LogChange(name: name, events: [], state: .running, last: row.head.last))
    }

    /// Deletes what emptied logs have left, a bounded step of a longer work.
    /// - Returns: rows that went; 0: there is nothing left.
    package func removeLogRemains(limit: Int) throws -> Int {
        let remains = try db.one("SELECT log, through FROM log_remains ORDER BY log LIMIT 1") { _ in
        } _: {
            (log: $0.int64(0), through: $0.int64(1))
        }
        guard let remains else { return 0 }
        var last: Int64?
        try db.each("SELECT seq FROM log_events WHERE log = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3") {
            $0.set(1, remains.log)
            $0.set(2, remains.through)
            $0.set(3, limit)
        } _: {
            last = $0.int64(0)
            return true
        }
        guard let last else {
            try db.run("DELETE FROM log_remains WHERE log = ?1") { $0.set(1, remains.log) }
            return 1
        }
        return try db.change("DELETE FROM log_events WHERE log = ?1 AND seq <= ?2") {
            $0.set(1, remains.log)
            $0.set(2, last)
        }
    }

    /// Which events of a log are to be forgotten.
    package enum Forgotten: Sendable, Equatable {
        /// Those with a smaller sequence number.
        case before(Int64)
        /// Those that happened earlier.
        case until(Timestamp)
        /// Those with these sequence numbers.
        case sequences([Int64])
    }

    /// A step of forgetting events.
    package struct ForgottenStep: Sendable {
        /// Events that it took.
        package let count: Int
        /// The sequence number behind which the next step looks; nil: it was the last.
        package let next: Int64?
    }

    /// Forgets events of a log: they leave a hole in its numbers. Their fingerprints stay as long as those of events
    /// beyond the cap, so that a client that has read them does not bring them back. A bounded step of a longer work.
    /// - Parameters:
    ///   - after: looks at events behind this sequence number only.
    ///   - limit: events that it looks at.
    /// - Returns: nil: there is no such log.
    package func forget(
        _ which: Forgotten, of name: EntryName, _ bounds: LogBounds, _ shape: LogShape, after: Int64, limit: Int
    ) throws -> ForgottenStep? {
        let log = try standingLog(name)
        guard var row = log.row, row.isShown else { return nil }
        let found = try events(which, of: row, after: after, limit: limit)
        guard !found.events.isEmpty else { return ForgottenStep(count: 0, next: found.next) }
        for event in found.events {
            try db.run("UPDATE log_events SET event = NULL, role = NULL WHERE log = ?1 AND seq = ?2") {
                $0.set(1, row.id)
                $0.set(2, event.sequence)
            }
            row.head.count -= 1
            row.head.bytes -= event.bytes
            row.chain = shape.fold(row.chain, Array("forgotten \(event.sequence)".utf8))
        }
        try removeItems(found.events.map(\.sequence), of: name)
        row.head.first = try firstKept(row)
        try db.run("DELETE FROM log_events WHERE log = ?1 AND seq < ?2") {
            $0.set(1, row.id)
            $0.set(2, row.head.first - Int64(bounds.remembered))
        }
        try save(row)
        _ = try showEntry(row, name, shape, was: log.shown, metadata: nil)
        logChanges.append(LogChange(name: name, events: [], state: row.head.state, last: row.head.last))
        return ForgottenStep(count: found.events.count, next: found.next)
    }

    private func events(_ which: Forgotten, of row: LogRow, after: Int64, limit: Int) throws -> (
        events: [(sequence: Int64, bytes: Int64)], next: Int64?
    ) {
        var found: [(sequence: Int64, bytes: Int64)] = []
        if case .sequences(let wanted) = which {
            let step = wanted.filter { $0 > after && $0 >= row.head.first }.sorted().prefix(limit)
            for sequence in step {
                let bytes = try db.one(
                    "SELECT LENGTH(event) FROM log_events WHERE log = ?1 AND seq = ?2 AND event IS NOT NULL"
                ) {
                    $0.set(1, row.id)
                    $0.set(2, sequence)
                } _: {
                    $0.int64(0)
                }
                if let bytes { found.append((sequence, bytes)) }
            }
            return (found, step.count == limit ? step.last : nil)
        }
        let end: Int64 = if case .before(let sequence) = which { sequence } else { .max }
        let until: Timestamp? = if case .until(let time) = which { time } else { nil }
        var looked = 0
        var last: Int64?
        try db.each(
            """
            SELECT seq, LENGTH(event), COALESCE(happened_at, received_at) FROM log_events
            WHERE log = ?1 AND seq > ?2 AND seq < ?3 AND event IS NOT NULL ORDER BY seq LIMIT ?4
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, max(after, row.head.first - 1))
            $0.set(3, end)
            $0.set(4, limit)
        } _: { event in
            looked += 1
            last = event.int64(0)
            if until.map({ event.timestamp(2) < $0 }) ?? true { found.append((event.int64(0), event.int64(1))) }
            return true
        }
        return (found, looked == limit ? last : nil)
    }

    /// The first event that is still kept; behind the last one when none is.
    private func firstKept(_ row: LogRow) throws -> Int64 {
        try db.one("SELECT seq FROM log_events WHERE log = ?1 AND seq >= ?2 AND event IS NOT NULL ORDER BY seq LIMIT 1")
        {
            $0.set(1, row.id)
            $0.set(2, row.head.first)
        } _: {
            $0.int64(0)
        } ?? row.head.last + 1
    }
}
