import Foundation
import LarderModel
import Synchronization

/// One batch: all its changes in one transaction, or in a few, where they write a lot.
extension GroupCommit {
    private enum Outcome {
        /// The first `count` changes; the others are still to be done.
        case committed([QueuedChange.Applied], count: Int)
        case failed(LarderError, [QueuedChange.Applied])
        /// A change failed after it had written something, or the engine took the transaction back.
        case mustRunSingly
    }

    private static let storeIDsMax = 10_000
    /// How often a batch is tried before it is given up.
    private static let attemptsMax = 4

    /// Commits the first of these changes, as many as one transaction takes, and answers them. Called on the writer's
    /// thread.
    /// - Returns: those that are still to be done.
    func run(_ batch: ArraySlice<QueuedChange>) -> ArraySlice<QueuedChange> {
        if let refusal = readOnlyReason {
            for change in batch { change.refuse(refusal) }
            return []
        }
        let begun = ContinuousClock.now
        var outcome = attempt(batch, singly: false)
        // All is taken back, and each gets a savepoint of its own.
        for _ in 1..<Self.attemptsMax {
            guard case .mustRunSingly = outcome else { break }
            outcome = attempt(batch, singly: true)
        }
        switch outcome {
        case .committed(let applied, let count):
            statistics.commitSeconds.observe((ContinuousClock.now - begun).seconds)
            statistics.batchSizes.observe(Double(count))
            for change in applied { change.finish(nil) }
            return batch.dropFirst(count)
        case .failed(let error, let applied):
            for change in applied { change.finish(error) }
            for change in batch.dropFirst(applied.count) { change.refuse(error) }
        case .mustRunSingly:
            let error = LarderError(
                .unavailable, "The server could not finish this write; nothing happened. Try again in a moment.",
                cause: "a transaction was taken back each time")
            for change in batch { change.refuse(error) }
        }
        return []
    }

    private func attempt(_ batch: ArraySlice<QueuedChange>, singly: Bool) -> Outcome {
        var applied: [QueuedChange.Applied] = []
        applied.reserveCapacity(batch.count)
        do {
            return try database.write { session in
                let transaction = IndexTransaction(
                    session, now: clock.now(), watchers: watchers.withLock { $0 }, storeIDs: storeIDs.withLock { $0 })
                let rowsBefore = session.changeCount
                do {
                    try session.begin()
                    // A batch that is tried again does without: what was foreseen may have been the reason.
                    if session.isRemote, !singly { try transaction.foresee(batch.lazy.compactMap(\.foresight)) }
                    for change in batch where !isFull(transaction, since: rowsBefore) {
                        transaction.now = clock.now()
                        guard let result = try apply(change, transaction, singly: singly) else {
                            session.rollback()
                            return .mustRunSingly
                        }
                        applied.append(result)
                    }
                    try transaction.flush()
                    transaction.closeNames(in: cache)
                } catch {
                    session.rollback()
                    throw error
                }
                let count = applied.count
                if PlantedFault.strikes(.answerBeforeCommit) {
                    for change in applied { change.finish(nil) }
                    applied = []
                    Thread.sleep(forTimeInterval: 0.002)
                }
                try commit(transaction, session)
                return .committed(applied, count: count)
            }
        } catch let failure as SQLFailure where failure.kind == .undone {
            return .mustRunSingly
        } catch { return .failed(report(error), applied) }
    }

    /// Whether a transaction has written so much that those who wait for it are answered first.
    private func isFull(_ transaction: IndexTransaction, since rowsBefore: Int) -> Bool {
        transaction.db.changeCount - rowsBefore >= Self.batchRowsMax
            || transaction.state.contentBytes >= Self.batchBytesMax
    }

    /// - Returns: nil when the change failed and all of the transaction must be taken back for it.
    private func apply(_ change: QueuedChange, _ transaction: IndexTransaction, singly: Bool) throws
        -> QueuedChange.Applied?
    {
        let session = transaction.db
        guard singly else {
            let before = session.changeCount
            let result = change.apply(transaction)
            let isClean = session.changeCount == before && session.isTransactionWhole
            return result.failed && !isClean ? nil : result
        }
        try session.savepoint()
        let before = transaction.mark
        var result = change.apply(transaction)
        // What it handed over may fail only now.
        do { try session.settle() } catch { result = result.failing(report(error)) }
        if result.failed {
            try session.rollbackToSavepoint()
            transaction.rollBack(to: before)
        }
        try session.releaseSavepoint()
        return result
    }

    /// Commits, opens the cache to what changed, and tells the observers.
    private func commit(_ transaction: IndexTransaction, _ session: any SQLSession) throws {
        do { try session.commit() } catch {
            session.rollback()
            transaction.reopenNames(in: cache, committed: false)
            throw error
        }
        transaction.reopenNames(in: cache, committed: true)
        storeIDs.withLock {
            $0 = transaction.state.storeIDs.count <= Self.storeIDsMax ? transaction.state.storeIDs : [:]
        }
        let observers = observers.withLock { $0 }
        guard !observers.isEmpty else { return }
        let changes = CommittedChanges(transaction.state)
        guard !changes.isEmpty else { return }
        for observer in observers { observer.notify(changes) }
    }
}
