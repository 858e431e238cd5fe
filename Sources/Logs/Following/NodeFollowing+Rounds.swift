import BlobStore
import Index
import LarderModel
import Synchronization

/// What it reads and tells, in one task: a round after each wake.
extension NodeFollowing {
    /// Logs that are read in one state of the rows.
    private static let logsAtOnce = 64
    /// About so many bytes of events are read before they are told.
    private static let pageBytes = 256 << 10
    /// Entries and jobs that one look asks for; where more are followed they take turns.
    private static let othersAtOnce = 500

    /// Looks at what may have changed. Where the index can't be reached all streams have ended: what is followed again
    /// is looked at as a whole a second later.
    func round() async {
        let (wanted, isLookDue) = state.withLock { ($0.takeWanted(), $0.takeLook()) }
        do {
            var wanted = wanted
            if isLookDue { wanted.formUnion(try await look()) }
            let others = wanted.filter { if case .log = $0 { false } else if case .store = $0 { false } else { true } }
            hub.publish(others.map { ($0, .changed) })
            try await tellLogs(wanted)
            try await tellStores(wanted)
        } catch { state.withLock { $0.lookedTo = nil } }
    }

    // MARK: Looking

    /// Looks for what no news told of.
    private func look() async throws -> Set<FollowerHub.Subject> {
        let followed = hub.subjects(concerning: .unknown)
        let lookedTo = state.withLock { $0.lookedTo }
        var wanted: Set<FollowerHub.Subject> = try await changed(of: followed)
        let (positions, logs) = try await blobs.look { reader in
            (try reader.positions(), try lookedTo.flatMap { try reader.logsAppended(after: $0) })
        }
        if let logs {
            for name in logs { wanted.formUnion([.log(name), .store(name.site, name.store)]) }
            wanted.formIntersection(followed)
        } else {
            wanted.formUnion(followed)
        }
        state.withLock { $0.lookedTo = positions.settled }
        return wanted
    }

    /// Entries and jobs that are other than at the last look at them.
    private func changed(of followed: [FollowerHub.Subject]) async throws -> Set<FollowerHub.Subject> {
        let others = followed.filter { if case .log = $0 { false } else if case .store = $0 { false } else { true } }
        guard !others.isEmpty else { return [] }
        let turn = state.withLock { state in
            defer { state.turn = (state.turn + Self.othersAtOnce) % others.count }
            return state.turn % others.count
        }
        let asked = (others[turn...] + others[..<turn]).prefix(Self.othersAtOnce)
        let states = try await blobs.look { reader in
            try asked.map { subject in
                var hasher = Hasher()
                switch subject {
                case .entry(let name): hasher.combine(try reader.entry(name)?.etag)
                case .job(let id): hasher.combine(try reader.job(id))
                case .log, .store: break
                }
                return (subject, hasher.finalize())
            }
        }
        return state.withLock { state in Set(states.filter { state.isOther($0.0, $0.1) }.map(\.0)) }
    }

    // MARK: Logs

    private func tellLogs(_ wanted: Set<FollowerHub.Subject>) async throws {
        var names = wanted.compactMap { if case .log(let name) = $0 { name } else { nil } }
        while !names.isEmpty {
            let places = state.withLock { state in
                names.prefix(Self.logsAtOnce).map { (name: $0, after: state.places[.log($0)]) }
            }
            names.removeFirst(places.count)
            let found = try await blobs.look { reader in
                try places.compactMap { try Self.change(of: $0.name, after: $0.after, reader) }
            }
            hub.publish(found.map { (.log($0.change.name), .log(LogUpdate($0.change))) })
            state.withLock { state in
                for found in found { state.told(.log(found.change.name), upTo: found.change.last) }
            }
            names += found.filter(\.hasMore).map(\.change.name)
        }
    }

    /// A page of what came behind a number.
    /// - Parameter after: nil: it is not known what was told; who misses something reads it.
    private static func change(of name: EntryName, after: Int64?, _ reader: IndexReader) throws -> (
        change: LogChange, hasMore: Bool
    )? {
        guard let head = try reader.logHead(name) else { return nil }
        let events = try after.map {
            try reader.logEvents(name, after: $0, limit: .max, byteLimit: Self.pageBytes)
        }
        guard let events, let last = events.last?.sequence, last < head.last else {
            return (LogChange(name: name, events: events ?? [], state: head.state, last: head.last), false)
        }
        return (LogChange(name: name, events: events, state: .running, last: last), true)
    }

    // MARK: Stores

    private func tellStores(_ wanted: Set<FollowerHub.Subject>) async throws {
        var unsettled: [FollowerHub.Subject] = []
        for case .store(let site, let store) in wanted {
            let subject = FollowerHub.Subject.store(site, store)
            while let after = state.withLock({ $0.places[subject] }) {
                let page = try await blobs.look { reader in
                    let page = try reader.events(of: store, in: site, after: after, byteLimit: Self.pageBytes)
                    return (page, changes: try Self.changes(page, of: store, in: site, reader))
                }
                hub.publish(page.changes.map { (subject, .log(LogUpdate($0))) })
                state.withLock { $0.told(subject, upTo: page.0.reached) }
                guard page.0.isLast else { continue }
                if !page.0.positions.areSettled { unsettled.append(subject) }
                break
            }
        }
        guard state.withLock({ $0.wantLater(unsettled) }) else { return }
        Task { [weak self] in
            try? await Task.sleep(for: Self.moment)
            self?.state.withLock { $0.wantNow() }
            self?.wake()
        }
    }

    /// A page as changes of its logs, in the order of the positions.
    private static func changes(
        _ page: StoreEvents, of store: StoreName, in site: SiteID, _ reader: IndexReader
    ) throws -> [LogChange] {
        var heads: [EntryKey: LogHead?] = [:]
        var changes: [LogChange] = []
        for (key, events) in page.runs {
            let name = EntryName(site: site, store: store, key: key)
            let head = try heads[key] ?? reader.logHead(name)
            heads[key] = .some(head)
            let last = events.last?.sequence ?? 0
            let state = head.flatMap { $0.last == last ? $0.state : nil } ?? .running
            changes.append(LogChange(name: name, events: events, state: state, last: last))
        }
        return changes
    }
}
