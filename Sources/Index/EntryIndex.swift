package import LarderModel
package import NIOCore
import NIOPosix
import Synchronization

/// The index of everything: which entries there are and where their content is, kept by a ``SQLEngine``.
///
/// Writes go through ``write(_:completion:)``, one writer with group commit; their order is their linearization. Reads
/// see all that was answered before they began.
package final class EntryIndex: Sendable {
    private let database: any SQLDatabase
    private let writer: GroupCommit
    /// Threads that may block in reads; as many as connections, so that none waits for one.
    private let readers: NIOThreadPool
    /// Empty where other nodes write, too.
    package let cache: EntryCache
    /// For those.
    package let contents: ContentCache
    private let lookUps: EntryLookUps
    /// What keeps it, in a word.
    package let engineKind: String
    package let clock: WallClock
    /// This node, and what is known of the others.
    package let nodes: NodeRegistry

    /// Opens the index, brings its schema up to date, makes this process a node of it and starts the writer. Blocks.
    /// - Parameters:
    ///   - clock: where the engine has one of its own, it is set by that.
    ///   - keptVersions: which versions of an entry the rules keep; asked on the writer's thread.
    ///   - vaultRule: by which rule items of a store are made; as that.
    /// - Throws: `LarderError` with a message for the person who starts the server.
    package init(
        engine: any SQLEngine, node: NodeIdentity = .unnamed, clock: WallClock = .system,
        cacheBytes: Int = EntryCache.maxBytesDefault, keptVersions: @escaping VersionRule = { _ in nil },
        vaultRule: @escaping VaultRule = { _ in nil }
    ) throws(LarderError) {
        do { database = try engine.open(Schema.migrations) } catch {
            if let failure = error as? SQLFailure, [.newer, .unfit].contains(failure.kind) {
                throw failure.larderError
            }
            throw LarderError(.internalError, "can't open the index \(engine.place): \(error)")
        }
        do {
            try Self.checkWhole(database, engine.place)
            try Self.raisePositions(database)
            let clock = DatabaseClock(clock)
            self.clock = clock.wall
            engineKind = engine.kind
            let isShared = database.bulletin != nil && !PlantedFault.strikes(.staleCache)
            cache = EntryCache(maxBytes: isShared ? 0 : cacheBytes, availability: database.availability)
            contents = ContentCache(maxBytes: isShared ? cacheBytes : 0)
            let refusal = WriteRefusal()
            nodes = try NodeRegistry.register(node, in: database, clock: clock) {
                refusal.set(
                    LarderError(
                        .readOnly, "Another larder has this node's name, '\(node.name)'; this one writes nothing more.")
                )
            }
            writer = GroupCommit(
                database: database, cache: cache, clock: clock.wall, nodes, refusal, keptVersions, vaultRule)
        } catch {
            database.close()
            throw Self.startFailure(error, engine.place)
        }
        readers = NIOThreadPool(numberOfThreads: database.readerCount)
        lookUps = EntryLookUps(database, readers, contents)
        readers.start()
        writer.start()
    }

    /// A copy that was not finished is nobody's index.
    private static func checkWhole(_ database: any SQLDatabase, _ place: String) throws {
        guard try database.read({ try IndexReader(db: $0).fact(.migration) }) != nil else { return }
        throw LarderError(
            .conflict,
            "\(place) holds a copy that 'larder migrate' has not finished: start that again, and it goes on "
                + "where it was"
        )
    }

    /// Positions of events go on behind those that there are, whoever gave them.
    private static func raisePositions(_ database: any SQLDatabase) throws {
        guard try database.read({ $0.numbersTransactions }) else { return }
        try database.inTransaction { session in
            let last = try session.one(
                """
                SELECT CASE WHEN last > newest THEN last ELSE newest END FROM log_positions,
                    (SELECT COALESCE(MAX(position), 0) AS newest FROM (
                        SELECT MAX(position) AS position FROM log_events UNION ALL
                        SELECT (SELECT MAX(position) FROM passages WHERE store = vaults.store) FROM vaults UNION ALL
                        SELECT MAX(position) FROM passages_removed) AS given) AS known
                """
            ) { $0.int64(0) }
            try session.raisePositions(above: last ?? 0)
        }
    }

    /// Looks whether there is an index, and changes nothing. Blocks.
    /// - Throws: `LarderError`, for the person who starts the server, when a newer larder has written it, or only a
    ///   part of it is there.
    package static func isThere(_ engine: any SQLEngine) throws(LarderError) -> Bool {
        do { return try engine.check(Schema.migrations) } catch { throw startFailure(error, engine.place) }
    }

    /// No log says more yet.
    private static func startFailure(_ error: any Error, _ place: String) -> LarderError {
        if let failure = error as? SQLFailure, [.constraint, .other].contains(failure.kind) {
            return LarderError(.internalError, "\(place) can't be used: \(failure)")
        }
        return .wrapping(SQLFailure.reported(error))
    }

    /// Finishes the writes that wait, checkpoints and closes. Blocks. Later calls are refused.
    package func close() {
        writer.stop()
        // Reads under way come to their end first.
        try? readers.syncShutdownGracefully()
        nodes.leave(database)
        database.close()
    }

    // MARK: Writing

    /// Hands a change to the writer.
    /// - Parameters:
    ///   - foresight: what the change is about to ask.
    ///   - isExempt: whether it is taken while others are refused for a while.
    ///   - change: runs on the writer's thread, inside its transaction; what it throws undoes this change alone. May
    ///     run twice.
    ///   - completion: called on the writer's thread when the commit is durable, or with the failure; must not block.
    package func write<R: Sendable>(
        foreseeing foresight: [Foresight] = [], isExempt: Bool = false,
        _ change: @escaping @Sendable (IndexTransaction) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        writer.submit(
            QueuedChange(
                foresight: foresight, isExempt: isExempt,
                apply: { transaction in
                    let result = Result {
                        let result = try change(transaction)
                        try transaction.settleReferences()
                        return result
                    }
                    guard case .failure(let error) = result else {
                        return QueuedChange.Applied(failed: false) { completion($0.map { .failure($0) } ?? result) }
                    }
                    let reported = SQLFailure.reported(error)
                    let retry = QueuedChange.Retry(error, isRemote: transaction.db.isRemote)
                    return QueuedChange.Applied(failed: true, retry: retry) { completion(.failure($0 ?? reported)) }
                },
                refuse: { completion(.failure($0)) }))
    }

    /// The same for tasks: suspends until the change is durable.
    package func write<R: Sendable>(
        foreseeing foresight: [Foresight] = [], isExempt: Bool = false,
        _ change: @escaping @Sendable (IndexTransaction) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            write(foreseeing: foresight, isExempt: isExempt, change) { continuation.resume(with: $0) }
        }
    }

    /// Adds one who hears of what commits changed: called on the writer's thread after each commit and before its
    /// callers are answered, in the order of the commits. It must not block, and should look first whether anybody
    /// listens to it.
    package func observeCommits(_ observer: @escaping @Sendable (CommittedChanges) -> Void) {
        writer.observers.withLock { $0.append(CommitObserver(notify: observer)) }
    }

    /// Adds one who takes part in writes; one of each type. To be called before there are any.
    package func add(_ watcher: any EntryWatcher) { writer.watchers.withLock { $0.append(watcher) } }

    /// Whether a watcher reads what is in this entry, so that content up to 1 MiB is to be kept in the index.
    package func needsContentInIndex(_ name: EntryName) -> Bool {
        writer.watchers.withLock { $0 }.contains { $0.needsContentInIndex(name) }
    }

    /// Takes no writes any more until a restart: an fsync failed.
    package func stopWriting(cause: String) { stopWriting(SQLFailure.readOnly(cause: cause)) }
    /// The same for another reason.
    package func stopWriting(_ reason: LarderError) { writer.stopWriting(reason) }
    /// What the engine has open and nobody may put something else in the place of: paths; empty when it is no files.
    package var files: [String] { database.files }
    /// Has the engine make use of what room it has, before the next change: the disk was found to be full.
    package func makeRoom() { writer.wantsRoom.store(true, ordering: .relaxed) }
    /// Whether the engine can be reached.
    package var availability: Availability { database.availability }
    /// What the engine measures of itself; nil: nothing.
    package var engineStatistics: SQLStatistics? { database.statistics }
    package var readOnlyReason: LarderError? { writer.readOnlyReason }
    /// Refuses changes for a while, but those that are exempt; what waits already is still done.
    package func pauseWriting(_ reason: LarderError) { writer.pause = reason }
    package func resumeWriting() { writer.pause = nil }
    /// Why changes are refused for a while; nil: they are not.
    package var pauseReason: LarderError? { writer.pause }
    /// Says whether a job rewrites pages all over the index while clients are at work: checkpoints are then smaller, so
    /// that clients wait less.
    package func setScatteredWork(_ isGoingOn: Bool) { writer.hasScatteredWork.store(isGoingOn, ordering: .relaxed) }
    package var queueDepth: Int { writer.queueDepth }
    package var statistics: IndexStatistics { writer.statistics }

    // MARK: Reading

    /// Reads one state of the index on a thread that may block.
    package func read<R: Sendable>(_ body: @escaping @Sendable (IndexReader) throws -> R) async throws -> R {
        do {
            return try await readers.runIfActive { [database] in try database.read { try body(IndexReader(db: $0)) } }
        } catch { throw SQLFailure.reported(error) }
    }

    /// Whether the process of a node lives, as far as the engine has noticed.
    package func lives(_ node: Int64) async throws -> Bool {
        guard let bulletin = database.bulletin else { return node == nodes.number }
        do { return try await readers.runIfActive { try bulletin.isClaimed(node) } } catch {
            throw SQLFailure.reported(error)
        }
    }

    /// Looks an entry up, together with others that are looked up at this moment: for an index that other nodes write,
    /// too.
    /// - Parameter store: the number of its store, whatever its name is now; nil: whichever has the name.
    /// - Returns: expired or not; nil when there is none.
    package func lookUp(_ name: EntryName, store: Int64? = nil, wantsContent: Bool) async throws -> FoundEntry? {
        try await lookUps.entry(name, store: store, wantsContent: wantsContent)
    }

    /// The same for channel handlers; the future is completed on `eventLoop`.
    package func read<R: Sendable>(on eventLoop: any EventLoop, _ body: @escaping @Sendable (IndexReader) throws -> R)
        -> EventLoopFuture<R>
    {
        readers.runIfActive(eventLoop: eventLoop) { [database] in
            do { return try database.read { try body(IndexReader(db: $0)) } } catch { throw SQLFailure.reported(error) }
        }
    }
}
