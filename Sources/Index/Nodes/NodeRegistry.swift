package import LarderModel
import Synchronization

/// The nodes that serve one index together, as one of them knows them, and what they tell one another.
///
/// Each beats every two seconds on the bulletin's connection: it writes down that it lives, and reads who else does.
/// One that was not heard of for ``goneAfter`` is gone, and what it worked on goes on elsewhere; it has stopped by
/// then, for its own lease is shorter. A name, and the number that goes with it, has one living process: the engine
/// sees to that.
///
/// An index that one process has to itself has one node, number 0, which is always there and tells nobody anything.
package final class NodeRegistry: Sendable {
    /// How long after the last beat that succeeded a node may still act as if all knew that it lives.
    package static let lease = Duration.seconds(10)
    /// How long after its last beat the others take it for gone.
    package static let goneAfter = Duration.seconds(15)

    package let number: Int64
    package let identity: NodeIdentity
    package let since: Timestamp
    private let owner: String
    private let bulletin: (any SQLBulletin)?
    private let clock: DatabaseClock
    /// Hears that another process has taken this node's name.
    private let replaced: @Sendable () -> Void

    private struct State {
        var address = ""
        var bucketMilliseconds: Double?
        /// How long the last beat took.
        var beatMilliseconds: Double?
        /// When the last beat that succeeded began.
        var leasedAt: ContinuousClock.Instant?
        /// Those that were up at that beat, by their numbers.
        var up: Set<Int64> = []
        /// Another process has this node's name now.
        var isReplaced = false
        var pending = NodeNews()
        var observers: [NewsObserver] = []
    }
    private let state = Mutex(State())

    /// - Parameters:
    ///   - number: of this node.
    ///   - owner: names this process in its row.
    ///   - bulletin: nil: this process has the index to itself.
    ///   - replaced: called when another process has taken the name: this one must not write any more.
    private init(
        _ identity: NodeIdentity, number: Int64, owner: String, bulletin: (any SQLBulletin)?, clock: DatabaseClock,
        replaced: @escaping @Sendable () -> Void
    ) {
        self.identity = identity
        self.number = number
        self.owner = owner
        self.bulletin = bulletin
        self.clock = clock
        self.replaced = replaced
        since = clock.wall.now()
    }

    /// Whether other processes may have the index open.
    package var isShared: Bool { bulletin != nil }

    /// Whether the others still have to take this node for living: what is leased to it is its.
    package var isLeased: Bool {
        guard isShared else { return true }
        return state.withLock { state in
            guard let begun = state.leasedAt, !state.isReplaced else { return false }
            return ContinuousClock.now - begun < Self.lease
        }
    }

    /// How many are up, this one too; at least 1. At most two seconds old.
    package var upCount: Int { isShared ? max(state.withLock { $0.up.count }, 1) : 1 }

    /// Whether it has the smallest number of those that are up: what is due by itself, and once for all, is its.
    package var isFirst: Bool {
        guard isShared else { return true }
        return isLeased && state.withLock { $0.up.min() } ?? number == number
    }

    /// Where it listens, once it does.
    package func setAddress(_ address: String) {
        state.withLock { $0.address = address }
        bulletin?.wake()
    }

    /// How long a look at the bucket took; nil: there is none, or it can't be reached.
    package func setBucket(milliseconds: Double?) { state.withLock { $0.bucketMilliseconds = milliseconds } }

    /// As it sees itself, for an index without others.
    package func here(now: Timestamp) -> NodeRecord {
        let address = state.withLock { $0.address }
        return NodeRecord(
            number: number, name: identity.name, version: identity.version, address: address, since: since,
            seenAt: now, isUp: true)
    }

    // MARK: Registering

    /// Gives the process its node, and begins to beat. Blocks.
    /// - Parameters:
    ///   - clock: is set by the engine's from now on, where that has one.
    ///   - replaced: called when another process has taken the name: this one must not write any more.
    /// - Throws: `LarderError` `.conflict` when a living node has the name; ``SQLFailure``.
    static func register(
        _ identity: NodeIdentity, in database: any SQLDatabase, clock: DatabaseClock,
        replaced: @escaping @Sendable () -> Void
    ) throws -> NodeRegistry {
        let owner = String(UInt64.random(in: .min ... .max), radix: 36)
        guard let bulletin = database.bulletin else {
            return NodeRegistry(identity, number: 0, owner: owner, bulletin: nil, clock: clock, replaced: replaced)
        }
        let number = try database.inTransaction {
            try NodeRows.number(of: identity, owner, in: $0, now: clock.wall.now())
        }
        let registry = NodeRegistry(
            identity, number: number, owner: owner, bulletin: bulletin, clock: clock, replaced: replaced)
        guard try bulletin.open(as: number, for: registry) else {
            throw LarderError(
                .conflict,
                "a node called '\(identity.name)' is up already; stop that one, or give this one another name "
                    + "with --node"
            )
        }
        try database.inTransaction { try NodeRows.take(number, identity, owner, in: $0, now: clock.wall.now()) }
        // It is leased from its first moment on. Where a beat of the bulletin's is in the way, that has done it.
        do { try database.write { try registry.beat($0) } } catch let failure as SQLFailure
            where failure.kind == .undone
        {}
        return registry
    }

    /// Says that this node ends. Blocks.
    func leave(_ database: any SQLDatabase) {
        guard let bulletin else { return }
        // No beat comes behind what the row says then.
        bulletin.leave()
        try? database.inTransaction { try NodeRows.leave(number, owner, in: $0) }
    }

    // MARK: News

    /// Adds one who hears of what other nodes committed: called on the bulletin's thread, must not block. Some news
    /// may be lost: who must not miss any looks at the rows as well, each second.
    package func observe(_ observer: @escaping @Sendable (NodeNews) -> Void) {
        state.withLock { $0.observers.append(NewsObserver(notify: observer)) }
    }

    /// Tells the other nodes, soon. Never blocks; several are told as one.
    package func tell(_ news: NodeNews) {
        guard let bulletin, !news.isEmpty else { return }
        let hasOthers = state.withLock { state in
            guard state.up.count > 1 else { return false }
            state.pending.add(news)
            return true
        }
        if hasOthers { bulletin.wake() }
    }

    /// The same of a commit. Called on the writer's thread.
    func tell(_ changes: CommittedChanges) {
        guard isShared, upCount > 1 else { return }
        var news = NodeNews(
            hasAccess: changes.hasAccess, hasStores: changes.hasMovedStores || !changes.namespaces.isEmpty)
        if changes.entries.count + changes.logs.count > NodeNews.subjectsMax {
            news.subjects = nil
        } else {
            var subjects: Set<NodeNews.Subject> = []
            for name in changes.entries { subjects.insert(.entry(name)) }
            for change in changes.logs {
                subjects.insert(.entry(change.name))
                subjects.insert(.logs(of: change.name.store, in: change.name.site))
            }
            for job in changes.jobs { subjects.insert(.job(job)) }
            news.subjects = subjects
        }
        tell(news)
    }

    private func publish(_ news: NodeNews) {
        for observer in state.withLock({ $0.observers }) { observer.notify(news) }
    }
}

/// A type of its own, as ``CommitObserver``.
private struct NewsObserver: Sendable {
    let notify: @Sendable (NodeNews) -> Void
}

extension NodeRegistry: SQLBulletinReader {
    package func beat(_ session: any SQLSession) throws {
        let begun = ContinuousClock.now
        let (address, beat, bucket, isReplaced) = state.withLock {
            ($0.address, $0.beatMilliseconds, $0.bucketMilliseconds, $0.isReplaced)
        }
        guard !isReplaced else { return }
        try clock.set(by: session)
        let now = clock.wall.now()
        let isOurs = try NodeRows.beat(
            number, owner, address: address, databaseMilliseconds: beat, bucketMilliseconds: bucket, in: session,
            now: now)
        guard isOurs else {
            // Before its row is taken there is no beat of its own.
            guard state.withLock({ $0.leasedAt != nil }) else { return }
            state.withLock { $0.isReplaced = true }
            return replaced()
        }
        let up = try NodeRows.up(in: session, now: now).union([number])
        let changed = state.withLock { state in
            defer {
                state.leasedAt = begun
                state.up = up
                state.beatMilliseconds = (ContinuousClock.now - begun) / .milliseconds(1)
            }
            return state.up != up
        }
        // Who was not up had not to be told.
        if changed { publish(.unknown) }
    }

    package func message() -> String? {
        let news: NodeNews? = state.withLock { state in
            guard !state.pending.isEmpty else { return nil }
            defer { state.pending = NodeNews() }
            return state.pending
        }
        return news.map { "\(number) \($0.text)" }
    }

    package func heard(_ message: String) {
        guard let blank = message.firstIndex(of: " ") else { return publish(.unknown) }
        guard message[..<blank] != String(number) else { return }
        publish(NodeNews(parsing: message[blank...]))
    }

    package func mayHaveMissed() { publish(.unknown) }
}
