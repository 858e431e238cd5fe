import DequeModule
import Foundation
import GRDB
import GRDBSQLite
import LarderModel
import NIOConcurrencyHelpers
import Synchronization

/// The one writer: a thread of its own that takes all waiting changes, applies them in one transaction, commits with
/// one fsync and then answers them all. What arrives meanwhile makes the next transaction, so the busier it is, the
/// cheaper a change gets.
///
/// - Blocks: only its own thread. Callers leave a closure and are called back.
/// - Bound: ``queueMax`` waiting changes; the next one is refused with `.unavailable` at once.
/// - Failure: a change that throws leaves the others of its transaction untouched. When a commit or a checkpoint fails
///   to reach the disk, nothing is written any more until a restart: the kernel may have dropped the pages, and a
///   second fsync would lie.
final class GroupCommit: Sendable {
    static let queueMax = 10_000
    /// Changes in one transaction: bounds how long the first waits for the last.
    static let batchMax = 512
    /// Frames (4 KiB pages) in the WAL that start a checkpoint: 32 MiB. While a job rewrites pages all over the index
    /// beside clients' work, 4 MiB: clients wait for as long as a checkpoint takes, and that is as long as it has
    /// different pages to write.
    ///
    /// The file keeps its length and is written again from its beginning: a sync of bytes that replace others is
    /// cheaper than one of a file that grows. It is truncated once nothing happens.
    static let checkpointFrames = 8_192, scatteredCheckpointFrames = 1_024
    /// How long nothing must happen before the WAL is checkpointed and truncated.
    static let idleSeconds = 2.0

    /// A change that waits. Applying returns what to call when the transaction's fate is known.
    struct Change: Sendable {
        /// Applies the change; never throws past this closure, but says whether it failed.
        let apply: @Sendable (IndexTransaction) -> Applied
        struct Applied: Sendable {
            let failed: Bool
            let finish: @Sendable (_ commitFailure: LarderError?) -> Void
        }
        /// Called instead of `apply` when the change is refused.
        let refuse: @Sendable (LarderError) -> Void
    }

    private struct Queue {
        var changes = Deque<Change>()
        var isClosing = false
    }

    private let database: DatabasePool
    private let cache: EntryCache
    private let clock: WallClock
    private let queue = Mutex(Queue())
    /// True when there is something to do.
    private let wake = ConditionLock(value: false)
    private let refusal = Mutex<LarderError?>(nil)
    private let finished = DispatchGroup()
    let statistics = IndexStatistics()
    /// Whether a job rewrites pages all over the index while clients are at work.
    let hasScatteredWork = Atomic(false)
    /// Called on the writer's thread after each commit that changed something, before its callers are answered; must
    /// not block. Added before there are writes, like the watchers.
    let observers = Mutex<[CommitObserver]>([])
    let watchers = Mutex<[any EntryWatcher]>([])

    /// IDs of stores that committed transactions have met; touched by the writer's thread only.
    private let storeIDs = Mutex<[IndexTransaction.StoreKey: Int64]>([:])
    private static let storeIDsMax = 10_000

    init(database: DatabasePool, cache: EntryCache, clock: WallClock) {
        self.database = database
        self.cache = cache
        self.clock = clock
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            loop()
            finished.leave()
        }
        thread.name = "larder-writer"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Takes no more changes, finishes those that wait, checkpoints, ends the thread. Blocks.
    func stop() {
        queue.withLock { $0.isClosing = true }
        signal()
        finished.wait()
    }

    func submit(_ change: Change) {
        if let refusal = refusal.withLock({ $0 }) { return change.refuse(refusal) }
        let problem: LarderError? = queue.withLock { queue in
            if queue.isClosing {
                return LarderError(.unavailable, "The server is shutting down; try again in a moment.")
            }
            if queue.changes.count >= Self.queueMax {
                return LarderError(
                    .unavailable, "The server has \(Self.queueMax) writes waiting already; try again in a moment.",
                    limit: .writeQueue)
            }
            queue.changes.append(change)
            return nil
        }
        if let problem { return change.refuse(problem) }
        signal()
    }

    var queueDepth: Int { queue.withLock { $0.changes.count } }
    /// Why nothing is written any more, nil while all is well.
    var readOnlyReason: LarderError? { refusal.withLock { $0 } }

    private func signal() {
        wake.lock()
        wake.unlock(withValue: true)
    }

    // MARK: The thread

    private func loop() {
        let frames = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        frames.initialize(to: 0)
        defer { frames.deallocate() }
        database.writeWithoutTransaction { db in watchWAL(db, frames) }
        // Put off when a reader stood in the way of the last one.
        var postponedUntil = 0
        while true {
            if wake.lock(whenValue: true, timeoutSeconds: Self.idleSeconds) {
                wake.unlock(withValue: false)
            } else if frames.pointee > 0 {
                if truncate() { frames.pointee = 0 }
                postponedUntil = 0
            }
            while true {
                let (batch, isClosing) = queue.withLock { queue in
                    let batch = Array(queue.changes.prefix(Self.batchMax))
                    queue.changes.removeFirst(batch.count)
                    return (batch, queue.isClosing)
                }
                if batch.isEmpty {
                    guard isClosing else { break }
                    _ = truncate()
                    database.writeWithoutTransaction { db in _ = sqlite3_wal_hook(db.sqliteConnection, nil, nil) }
                    return
                }
                run(batch)
                let limit =
                    hasScatteredWork.load(ordering: .relaxed) ? Self.scatteredCheckpointFrames : Self.checkpointFrames
                if frames.pointee >= max(limit, postponedUntil) {
                    let isComplete = checkpoint()
                    postponedUntil = isComplete ? 0 : frames.pointee + limit
                    // The next commit begins the WAL anew and tells how many there are then.
                    if isComplete { frames.pointee = 1 }
                }
            }
        }
    }

    /// Has SQLite tell after each commit how many frames the WAL holds.
    private func watchWAL(_ db: Database, _ frames: UnsafeMutablePointer<Int>) {
        // `frames` belongs to `loop`, which takes the hook away before it ends.
        _ = sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, count in
                context?.assumingMemoryBound(to: Int.self).pointee = Int(count)
                return SQLITE_OK
            }, frames)
    }

    private func run(_ batch: [Change]) {
        if let refusal = refusal.withLock({ $0 }) {
            for change in batch { change.refuse(refusal) }
            return
        }
        let begun = ContinuousClock.now
        var outcome = attempt(batch, singly: false)
        // A change failed after it had written something: take all back and give each a savepoint of its own.
        if case .mustRunSingly = outcome { outcome = attempt(batch, singly: true) }
        switch outcome {
        case .committed(let applied):
            statistics.commitSeconds.observe((ContinuousClock.now - begun).seconds)
            statistics.batchSizes.observe(Double(batch.count))
            for change in applied { change.finish(nil) }
        case .failed(let error, let applied):
            for change in applied { change.finish(error) }
            for change in batch.dropFirst(applied.count) { change.refuse(error) }
        case .mustRunSingly:
            let error = LarderError(
                .internalError, "A write failed inside the server.", cause: "a transaction could not be repeated")
            for change in batch { change.refuse(error) }
        }
    }

    private enum Outcome {
        case committed([Change.Applied])
        case failed(LarderError, [Change.Applied])
        case mustRunSingly
    }

    private func attempt(_ batch: [Change], singly: Bool) -> Outcome {
        var applied: [Change.Applied] = []
        applied.reserveCapacity(batch.count)
        return database.writeWithoutTransaction { db in
            let transaction = IndexTransaction(
                db, now: clock.now(), watchers: watchers.withLock { $0 }, storeIDs: storeIDs.withLock { $0 })
            do {
                try db.beginTransaction(.immediate)
                for change in batch {
                    transaction.now = clock.now()
                    if singly {
                        try db.execute(sql: "SAVEPOINT change")
                        let before = transaction.mark
                        let result = change.apply(transaction)
                        applied.append(result)
                        if result.failed {
                            try db.execute(sql: "ROLLBACK TO change")
                            transaction.rollBack(to: before)
                        }
                        try db.execute(sql: "RELEASE change")
                    } else {
                        let before = sqlite3_total_changes(db.sqliteConnection)
                        let result = change.apply(transaction)
                        if result.failed,
                            sqlite3_total_changes(db.sqliteConnection) != before || !db.isInsideTransaction
                        {
                            try? db.rollback()
                            return .mustRunSingly
                        }
                        applied.append(result)
                    }
                }
                try transaction.flush()
                transaction.closeNames(in: cache)
            } catch {
                try? db.rollback()
                return .failed(note(error), applied)
            }
            #if LARDER_PLANTED_FAULTS
            if PlantedFault.answerBeforeCommit.isActive {
                for change in applied { change.finish(nil) }
                applied = []
                Thread.sleep(forTimeInterval: 0.002)
            }
            #endif
            do {
                try db.commit()
            } catch {
                try? db.rollback()
                transaction.reopenNames(in: cache, committed: false)
                return .failed(note(error), applied)
            }
            transaction.reopenNames(in: cache, committed: true)
            storeIDs.withLock {
                $0 = transaction.state.storeIDs.count <= Self.storeIDsMax ? transaction.state.storeIDs : [:]
            }
            tellObservers(of: transaction)
            return .committed(applied)
        }
    }

    private func tellObservers(of transaction: IndexTransaction) {
        let observers = observers.withLock { $0 }
        guard !observers.isEmpty else { return }
        let changes = CommittedChanges(transaction.state)
        guard !changes.isEmpty else { return }
        for observer in observers { observer.notify(changes) }
    }

    /// Moves the WAL into the database, so that it can be written again from its beginning. Waits for no reader.
    /// - Returns: whether all of it went; not so while a reader still looks at an older state.
    private func checkpoint() -> Bool {
        checkpointing { db in
            let result = try db.checkpoint(.passive)
            return result.checkpointedFrameCount >= result.walFrameCount
        } ?? false
    }

    /// Moves the WAL into the database and gives its room back.
    /// - Returns: whether there is nothing left to do.
    private func truncate() -> Bool {
        checkpointing { db in
            _ = try db.checkpoint(.truncate)
            return true
        } ?? (readOnlyReason != nil)
    }

    /// - Returns: nil when it failed. Without room, or with a reader in the way, the WAL still has it all; any other
    ///   failure ends writing.
    private func checkpointing(_ work: (Database) throws -> Bool) -> Bool? {
        guard readOnlyReason == nil else { return nil }
        let begun = ContinuousClock.now
        do {
            let isDone = try database.writeWithoutTransaction(work)
            statistics.checkpointSeconds.observe((ContinuousClock.now - begun).seconds)
            return isDone
        } catch {
            switch (error as? DatabaseError)?.resultCode {
            case .SQLITE_BUSY?, .SQLITE_FULL?: break
            default: _ = note(error)
            }
            return nil
        }
    }

    /// Turns a failure into what callers hear, and stops writing when the disk can't be trusted any more.
    private func note(_ error: any Error) -> LarderError {
        if let error = error as? LarderError { return error }
        let translated = IndexFailure.larderError(error)
        #if LARDER_PLANTED_FAULTS
        if PlantedFault.ignoreFailedSync.isActive { return translated }
        #endif
        if translated.code == .readOnly { refusal.withLock { $0 = $0 ?? translated } }
        return translated
    }

    /// An fsync of an object's file failed: the same holds as for the index.
    func stopWriting(cause: String) { refusal.withLock { $0 = $0 ?? IndexFailure.readOnly(cause: cause) } }
}
