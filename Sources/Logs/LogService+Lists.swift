import BlobStore
package import Index
package import LarderModel

/// Lists of logs.
extension LogService {
    /// A page of runs; `next` is the last one that was looked at, where there may be more.
    package struct RunPage: Sendable {
        package let runs: [(head: LogHead, state: RunState)]
        package let next: LogHead?
    }

    /// Runs of a store, last changed first.
    /// - Parameters:
    ///   - state: only runs in that state.
    ///   - contains: only runs with this text in their IDs.
    ///   - since: only runs that changed then or later.
    package func runs(
        of store: StoreName, in site: SiteID, prefix: [UInt8], state: RunState?, contains: SearchText? = nil,
        since: Timestamp? = nil, before: (Timestamp, [UInt8])?, limit: Int
    ) async throws -> RunPage {
        let now = blobs.now
        let policy = blobs.policies.policy(for: store)
        let stalledAfter = policy.rules.lazy.compactMap(\.log).first?.stalledAfter ?? Policy.LogRule().stalledAfter
        let query = LogListQuery(
            prefix: prefix, order: .newest(before: before.map { (updatedAt: $0.0, key: $0.1) }), since: since,
            limit: limit)
        return try await blobs.look { reader in
            let page = try reader.logs(of: store, in: site, query, now: now) { head in
                guard head.count > 0 else { return false }
                if let state, head.state(at: now, stalledAfter: stalledAfter) != state { return false }
                return contains.map { text in RunName(head.key).map { text.occurs(in: $0.run.bytes) } ?? false } ?? true
            }
            return RunPage(
                runs: page.logs.map { ($0.head, $0.head.state(at: now, stalledAfter: stalledAfter)) }, next: page.next)
        }
    }

    /// A page of a store's logs.
    /// - Parameter hold: told of the bytes that it takes in memory, about, before it is handed over; what it throws is
    ///   thrown instead.
    package func logs(
        of store: StoreName, in site: SiteID, _ query: LogListQuery,
        hold: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) async throws -> LogListPage {
        let now = blobs.now
        return try await blobs.look { reader in
            let page = try reader.logs(of: store, in: site, query, now: now)
            try hold(
                page.logs.reduce(0) { sum, log in
                    sum + MemoryLayout<ListedLog>.stride + 2 * log.head.key.bytes.count + log.entry.metadata.json.count
                        + (log.lastEvent?.json.count ?? 0)
                })
            return page
        }
    }

    /// A page of a log with the log as it is then.
    package struct FoundPage: Sendable {
        package let head: LogHead
        /// The entry that shows it.
        package let entry: Entry
        package let page: LogPage
    }

    /// - Parameter hold: as ``logs(of:in:_:hold:)`` has it.
    /// - Returns: nil when there is no such log.
    /// - Throws: `LarderError` `.notALog`.
    package func page(
        _ name: EntryName, _ query: LogQuery, hold: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) async throws -> FoundPage? {
        _ = try logRule(name)
        let now = blobs.now
        let found: FoundPage? = try await blobs.look { reader in
            guard let (head, entry) = try reader.standingLog(name, now: now) else { return nil }
            let page = try reader.logPage(name, query)
            try hold(page.events.reduce(0) { $0 + MemoryLayout<LogEvent>.stride + $1.json.count })
            return FoundPage(head: head, entry: entry, page: page)
        }
        if let found { blobs.wasRead(name, found.entry) }
        return found
    }
}
