package import LarderModel

/// Which logs of a store a list shows.
package struct LogListQuery: Sendable {
    /// In which order, and what the page before has given already.
    package enum Order: Sendable {
        /// Last changed first.
        case newest(before: (updatedAt: Timestamp, key: [UInt8])?)
        /// By the bytes of their keys.
        case key(after: [UInt8]?)
    }

    /// Of their keys.
    package var prefix: [UInt8]
    package var order: Order
    /// Only those that changed then or later; nil: all.
    package var since: Timestamp?
    package var limit: Int
    /// Whether each comes with its newest event.
    package var withLastEvent: Bool

    package init(
        prefix: [UInt8], order: Order, since: Timestamp? = nil, limit: Int, withLastEvent: Bool = false
    ) {
        self.prefix = prefix
        self.order = order
        self.since = since
        self.limit = limit
        self.withLastEvent = withLastEvent
    }
}

/// A log as a list shows it.
package struct ListedLog: Sendable {
    package let head: LogHead
    /// The entry that shows it.
    package let entry: Entry
    /// The newest event that is kept; nil: there is none, or nobody asked.
    package let lastEvent: LogEvent?
}

/// A page of a list of logs.
package struct LogListPage: Sendable {
    package internal(set) var logs: [ListedLog] = []
    /// The last one that was looked at, where there may be more behind it.
    package internal(set) var next: LogHead?
}

extension IndexReader {
    /// Logs that one page looks at: it ends there with a next one, however few of them count.
    package static let logsMax = 10_000
    /// Up to so many logs with a prefix are read by their keys and sorted, to find the newest of them; more are found
    /// among all of the store, newest first.
    static let sortedMax = 1_000

    /// One page of a store's logs, without those whose time is over.
    /// - Parameter includes: which ones count; others are passed over.
    package func logs(
        of store: StoreName, in site: SiteID, _ query: LogListQuery, now: Timestamp,
        includes: (LogHead) -> Bool = { _ in true }
    ) throws -> LogListPage {
        guard let id = try storeID(site, store) else { return LogListPage() }
        var page = LogListPage()
        var last: LogHead?
        var looked = 0
        func take(_ head: LogHead) throws -> Bool {
            let counts = includes(head)
            if looked == Self.logsMax || counts && page.logs.count == query.limit {
                page.next = last
                return false
            }
            looked += 1
            last = head
            if counts, let log = try listed(head, of: store, in: site, query, now) { page.logs.append(log) }
            return true
        }
        switch query.order {
        case .key(let after): try eachLog(of: id, query.prefix, after: after, take)
        case .newest(let before):
            if try !query.prefix.isEmpty && countLogs(of: id, query.prefix) <= Self.sortedMax {
                for head in try fewLogs(of: id, query, before) where try !take(head) { break }
            } else {
                try eachLogByTime(of: id, query, before, take)
            }
        }
        return page
    }

    private func listed(
        _ head: LogHead, of store: StoreName, in site: SiteID, _ query: LogListQuery, _ now: Timestamp
    ) throws -> ListedLog? {
        let name = EntryName(site: site, store: store, key: head.key)
        guard let entry = try entry(name), entry.placement == .log, !entry.isExpired(at: now) else { return nil }
        let event = query.withLastEvent ? try logPage(name, LogQuery(.before(nil), limit: 1)).events.last : nil
        return ListedLog(head: head, entry: entry, lastEvent: event)
    }

    private func eachLogByTime(
        of store: Int64, _ query: LogListQuery, _ before: (updatedAt: Timestamp, key: [UInt8])?,
        _ take: (LogHead) throws -> Bool
    ) throws {
        try db.each(
            """
            SELECT \(Self.headColumns) FROM logs
            WHERE store = ?1 AND (updated_at, key) < (?2, ?3) AND key >= ?4 AND key < ?5 AND shown = 1
                AND updated_at >= ?6
            ORDER BY updated_at DESC, key DESC LIMIT ?7
            """
        ) {
            $0.set(1, store)
            $0.set(2, before?.updatedAt ?? Timestamp(milliseconds: .max))
            $0.set(3, before?.key ?? EntryKey.end)
            $0.set(4, query.prefix)
            $0.set(5, query.prefix.endOfPrefix ?? EntryKey.end)
            $0.set(6, query.since ?? Timestamp(milliseconds: .min))
            $0.set(7, Self.logsMax + 1)
        } _: {
            try take(Self.logHead(from: $0))
        }
    }

    private func eachLog(
        of store: Int64, _ prefix: [UInt8], after: [UInt8]?, _ take: (LogHead) throws -> Bool
    ) throws {
        try db.each(
            """
            SELECT \(Self.headColumns) FROM logs
            WHERE store = ?1 AND key >= ?2 AND key < ?3 AND shown = 1 ORDER BY key LIMIT ?4
            """
        ) {
            $0.set(1, store)
            $0.set(2, after.map { max(prefix, $0 + [0]) } ?? prefix)
            $0.set(3, prefix.endOfPrefix ?? EntryKey.end)
            $0.set(4, Self.logsMax + 1)
        } _: {
            try take(Self.logHead(from: $0))
        }
    }

    /// How many logs have a prefix, emptied ones too; counted to ``sortedMax`` and one more.
    private func countLogs(of store: Int64, _ prefix: [UInt8]) throws -> Int {
        try db.one(
            """
            SELECT COUNT(*) FROM
                (SELECT key FROM logs WHERE store = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4) AS few
            """
        ) {
            $0.set(1, store)
            $0.set(2, prefix)
            $0.set(3, prefix.endOfPrefix ?? EntryKey.end)
            $0.set(4, Self.sortedMax + 1)
        } _: {
            $0.int(0)
        } ?? 0
    }

    /// Those with a prefix that come behind a place, newest first.
    private func fewLogs(
        of store: Int64, _ query: LogListQuery, _ before: (updatedAt: Timestamp, key: [UInt8])?
    ) throws -> [LogHead] {
        func isNewer(_ a: (updatedAt: Timestamp, key: [UInt8]), than b: (updatedAt: Timestamp, key: [UInt8])) -> Bool {
            a.updatedAt == b.updatedAt ? b.key.lexicographicallyPrecedes(a.key) : a.updatedAt > b.updatedAt
        }
        var heads: [LogHead] = []
        try eachLog(of: store, query.prefix, after: nil) { head in
            let isBehind = before.map { isNewer($0, than: (head.updatedAt, head.key.bytes)) } ?? true
            if isBehind, query.since.map({ head.updatedAt >= $0 }) ?? true { heads.append(head) }
            return true
        }
        return heads.sorted { isNewer(($0.updatedAt, $0.key.bytes), than: ($1.updatedAt, $1.key.bytes)) }
    }
}
