package import LarderModel

/// Which events of a log a page shows.
package struct LogQuery: Sendable {
    /// Where it begins and which way it goes; it is always shown in the order of the sequence numbers.
    package enum Start: Sendable, Equatable {
        /// Events behind this sequence number, the next ones.
        case after(Int64)
        /// Events before this sequence number, the last ones; nil: the newest of all.
        case before(Int64?)
    }

    package var start: Start
    /// Events of a page; 0: none, only whether there are some.
    package var limit: Int
    /// Bytes of their JSON together, but at least one event.
    package var byteLimit: Int
    /// Only events that happened then or later.
    package var since: Timestamp?
    /// Only events that happened before.
    package var until: Timestamp?
    /// Only events of who speaks, in UTF-8; empty: of all.
    package var roles: [[UInt8]]

    package init(
        _ start: Start, limit: Int, byteLimit: Int = .max, since: Timestamp? = nil, until: Timestamp? = nil,
        roles: [[UInt8]] = []
    ) {
        self.start = start
        self.limit = limit
        self.byteLimit = byteLimit
        self.since = since
        self.until = until
        self.roles = roles
    }

    func takes(_ row: any SQLRow) -> Bool {
        let at = row.timestampIfAny(4) ?? row.timestamp(2)
        if let since, at < since { return false }
        if let until, at >= until { return false }
        guard !roles.isEmpty else { return true }
        guard !row.isNull(5) else { return false }
        let role = row.rawBytes(5)
        return roles.contains { $0.elementsEqual(role) }
    }
}

/// A page of a log's events, in the order of their sequence numbers.
package struct LogPage: Sendable {
    package internal(set) var events: [LogEvent] = []
    /// The sequence number behind which the next page begins; nil: there is none.
    package internal(set) var next: Int64?
    /// The sequence number before which the previous page ends; nil: there is none.
    package internal(set) var previous: Int64?
}

extension IndexReader {
    /// Events that one page looks at: it ends there and says where to go on, however few of them it shows.
    package static let logPageRows = 20_000

    static let logPageForwardSQL = """
        SELECT seq, position, received_at, event, happened_at, role FROM log_events
        WHERE log = ?1 AND seq > ?2 AND seq <= ?3 AND event IS NOT NULL ORDER BY seq LIMIT ?4
        """
    static let logPageBackwardSQL = """
        SELECT seq, position, received_at, event, happened_at, role FROM log_events
        WHERE log = ?1 AND seq >= ?2 AND seq < ?3 AND event IS NOT NULL ORDER BY seq DESC LIMIT ?4
        """

    /// One page of a log; empty when it has no events. What it costs does not grow with the log.
    package func logPage(_ name: EntryName, _ query: LogQuery) throws -> LogPage {
        guard let log = try logRange(name) else { return LogPage() }
        let first = log.sequences.lowerBound, last = log.sequences.upperBound
        var page = LogPage()
        switch query.start {
        case .after(let sequence):
            let after = min(max(sequence, first - 1), last)
            page.next = try fill(&page, query, Self.logPageForwardSQL) {
                $0.set(1, log.id)
                $0.set(2, after)
                $0.set(3, last)
            }
            let shown = page.events.first?.sequence ?? after + 1
            if shown > first { page.previous = shown }
        case .before(let sequence):
            let before = min(max(sequence ?? .max, first), last + 1)
            guard query.limit > 0 else {
                page.previous = before > first ? before : nil
                return page
            }
            page.previous = try fill(&page, query, Self.logPageBackwardSQL) {
                $0.set(1, log.id)
                $0.set(2, first)
                $0.set(3, before)
            }
            page.events.reverse()
            let shown = page.events.last?.sequence ?? before - 1
            if shown < last { page.next = shown }
        }
        // A read that misses the newest event although that was answered.
        if PlantedFault.strikes(.shortLog), page.events.count % 7 == 3 { page.events.removeLast() }
        return page
    }

    /// - Returns: the last event that was looked at, where there are more.
    private func fill(_ page: inout LogPage, _ query: LogQuery, _ sql: String, _ bind: (any SQLParameters) -> Void)
        throws -> Int64?
    {
        var looked = 0, bytes = 0
        var last: Int64?
        var isCut = false
        try db.each(sql) {
            bind($0)
            $0.set(4, Self.logPageRows + 1)
        } _: { row in
            let isTaken = query.takes(row)
            let size = isTaken ? row.rawBytes(3).count : 0
            isCut =
                looked == Self.logPageRows
                || isTaken
                    && (page.events.count == query.limit || !page.events.isEmpty && bytes + size > query.byteLimit)
            if isCut { return false }
            if isTaken { page.events.append(Self.logEvent(from: row)) }
            bytes += size
            looked += 1
            last = row.int64(0)
            return true
        }
        return isCut ? last : nil
    }

    /// The sequence number before the newest so many events of a log.
    package func sequence(beforeNewest count: Int, of name: EntryName) throws -> Int64? {
        guard let log = try logRange(name) else { return nil }
        guard count > 0 else { return log.sequences.upperBound }
        let found = try db.one(
            """
            SELECT seq FROM log_events WHERE log = ?1 AND seq >= ?2 AND event IS NOT NULL
            ORDER BY seq DESC LIMIT 1 OFFSET ?3
            """
        ) {
            $0.set(1, log.id)
            $0.set(2, log.sequences.lowerBound)
            $0.set(3, count - 1)
        } _: {
            $0.int64(0)
        }
        return (found ?? log.sequences.lowerBound) - 1
    }
}
