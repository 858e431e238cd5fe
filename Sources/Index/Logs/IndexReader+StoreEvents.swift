package import LarderModel

/// A page of the events of many logs, in the order of their commits.
package struct StoreEvents: Sendable {
    package internal(set) var events: [(key: EntryKey, event: LogEvent)] = []
    /// The position up to which all that was asked for is given: where the next page begins.
    package internal(set) var reached: Int64
    /// Whether there is nothing behind it that is settled.
    package internal(set) var isLast = false
    package let positions: EventPositions
    private var bytes = 0

    /// The same events, those of one log in a row together.
    package var runs: [(key: EntryKey, events: [LogEvent])] {
        var runs: [(key: EntryKey, events: [LogEvent])] = []
        for (key, event) in events {
            if runs.last?.key == key { runs[runs.count - 1].events.append(event) } else { runs.append((key, [event])) }
        }
        return runs
    }

    init(after position: Int64, _ positions: EventPositions) {
        reached = position
        self.positions = positions
    }

    /// Nothing of what is settled is left.
    mutating func finish() {
        isLast = true
        reached = max(reached, positions.settled)
    }

    /// - Returns: whether it fitted.
    mutating func add(_ event: LogEvent, of key: EntryKey, byteLimit: Int) -> Bool {
        guard events.isEmpty || bytes + event.json.count <= byteLimit else { return false }
        bytes += event.json.count
        events.append((key, event))
        reached = event.position
        return true
    }
}

extension IndexReader {
    /// Rows that one page looks through, of whatever store they are: what a page costs is bounded, however few of them
    /// are asked for.
    static let storeEventRows = 2_000

    /// In the order of an index, from a place in it: no sorting.
    static let storeEventsSQL = """
        SELECT l.store, l.key, e.seq, e.position, e.received_at, e.event, l.first, e.happened_at
        FROM log_events e JOIN logs l ON l.id = e.log
        WHERE e.position > ?1 AND e.position <= ?3 ORDER BY e.position LIMIT ?2
        """

    /// Events of all logs of a store behind a position, until ``storeEventRows`` rows are looked through or `byteLimit`
    /// bytes are together (but at least one event).
    package func events(of store: StoreName, in site: SiteID, after position: Int64, byteLimit: Int) throws
        -> StoreEvents
    {
        var page = StoreEvents(after: position, try positions())
        guard let id = try storeID(site, store) else {
            page.finish()
            return page
        }
        var rows = 0
        var isFull = false
        try db.each(Self.storeEventsSQL) {
            $0.set(1, position)
            $0.set(2, Self.storeEventRows)
            $0.set(3, page.positions.settled)
        } _: { row in
            rows += 1
            // Of an emptied log some may still lie there.
            guard row.int64(0) == id, !row.isNull(5), row.int64(2) >= row.int64(6) else {
                page.reached = row.int64(3)
                return true
            }
            let event = LogEvent(
                sequence: row.int64(2), position: row.int64(3), receivedAt: row.timestamp(4),
                at: row.timestampIfAny(7), json: row.bytes(5))
            isFull = !page.add(event, of: EntryKey(trusted: row.bytes(1)), byteLimit: byteLimit)
            return !isFull
        }
        if !isFull, rows < Self.storeEventRows { page.finish() }
        return page
    }

    /// Events of some logs of a store behind a position, until `byteLimit` bytes are together (but at least one event).
    /// Reads the events that it gives, one more of each log, and a few rows of each to find the first.
    package func events(
        of keys: some Sequence<EntryKey>, in store: StoreName, of site: SiteID, after position: Int64, byteLimit: Int
    ) throws -> StoreEvents {
        var page = StoreEvents(after: position, try positions())
        var next: [(log: Int64, key: EntryKey, event: LogEvent)] = []
        for key in keys {
            guard let log = try logRange(EntryName(site: site, store: store, key: key)),
                let first = try firstSequence(of: log, after: position),
                let event = try logEvent(log.id, from: first), event.position <= page.positions.settled
            else { continue }
            next.append((log.id, key, event))
        }
        while let (place, earliest) = next.enumerated().min(by: {
            $0.element.event.position < $1.element.event.position
        }) {
            guard page.add(earliest.event, of: earliest.key, byteLimit: byteLimit) else { return page }
            if let event = try logEvent(earliest.log, from: earliest.event.sequence + 1),
                event.position <= page.positions.settled
            {
                next[place].event = event
            } else {
                next.swapAt(place, next.count - 1)
                next.removeLast()
            }
        }
        page.finish()
        return page
    }

    /// The sequence number of a log's first event behind a position: in a log, positions ascend with them.
    /// - Returns: nil when there is none.
    private func firstSequence(of log: (id: Int64, sequences: ClosedRange<Int64>), after position: Int64) throws
        -> Int64?
    {
        var low = log.sequences.lowerBound, high = log.sequences.upperBound + 1
        while low < high {
            let middle = low + (high - low) / 2
            let found = try db.one("SELECT position FROM log_events WHERE log = ?1 AND seq = ?2") {
                $0.set(1, log.id)
                $0.set(2, middle)
            } _: {
                $0.int64(0)
            }
            if let found, found > position { high = middle } else { low = middle + 1 }
        }
        return low <= log.sequences.upperBound ? low : nil
    }

    /// The first event of a log from a sequence number on.
    private func logEvent(_ log: Int64, from sequence: Int64) throws -> LogEvent? {
        try db.one(Self.logEventSQL) {
            $0.set(1, log)
            $0.set(2, sequence)
        } _: {
            Self.logEvent(from: $0)
        }
    }

    static let logEventSQL = """
        SELECT seq, position, received_at, event, happened_at FROM log_events
        WHERE log = ?1 AND seq >= ?2 AND event IS NOT NULL ORDER BY seq LIMIT 1
        """
}
