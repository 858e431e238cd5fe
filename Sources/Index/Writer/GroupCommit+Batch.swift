import Foundation
import LarderModel
import Synchronization

/// One batch: all its changes in one transaction, or in a few, where they write a lot.
extension GroupCommit {
    private enum Outcome {
        /// The first `count` changes; the others are still to be done.
        case committed([QueuedChange.Applied], count: Int)
        case failed(LarderError, [QueuedChange.Applied])
        /// A change failed after it had written something: all is taken back, and each gets a savepoint of its own.
        case mustRunSingly
        /// The engine took the transaction back, or it has to be the only one.
        case mustRunAgain(QueuedChange.Retry)
    }

    /// How a batch is tried.
    private struct Manner {
        /// With a savepoint for each change.
        var singly = false
        /// While no other node writes.
        var alone = false
    }

    private static let storeIDsMax = 10_000
    /// How often a batch is tried before it is given up; from the third time that others overtake it on it runs alone.
    private static let attemptsMax = 8
    private static let overtakenMax = 2
    /// What it waits for after it was overtaken, at most, in seconds: those who overtook each other do so less.
    private static let pauseMax = 0.004

    /// Commits the first of these changes, as many as one transaction takes, and answers them. Called on the writer's
    /// thread.
    /// - Returns: those that are still to be done.
    func run(_ batch: ArraySlice<QueuedChange>) -> ArraySlice<QueuedChange> {
        if let refusal = readOnlyReason {
            for change in batch { change.refuse(refusal) }
            return []
        }
        let begun = ContinuousClock.now
        let outcome = tryRepeatedly(batch)
        switch outcome {
        case .committed(let applied, let count):
            statistics.commitSeconds.observe((ContinuousClock.now - begun).seconds)
            statistics.batchSizes.observe(Double(count))
            for change in applied { change.finish(nil) }
            return batch.dropFirst(count)
        case .failed(let error, let applied):
            for change in applied { change.finish(error) }
            for change in batch.dropFirst(applied.count) { change.refuse(error) }
        case .mustRunSingly, .mustRunAgain:
            let error = LarderError(
                .unavailable, "The server could not finish this write; nothing happened. Try again in a moment.",
                cause: "a transaction was taken back each time")
            for change in batch { change.refuse(error) }
        }
        return []
    }

    private func tryRepeatedly(_ batch: ArraySlice<QueuedChange>) -> Outcome {
        var manner = Manner()
        var overtaken = 0
        var outcome = attempt(batch, manner)
        for _ in 1..<Self.attemptsMax {
            switch outcome {
            case .committed, .failed: return outcome
            case .mustRunSingly: manner.singly = true
            case .mustRunAgain(.crowded): manner.alone = true
            case .mustRunAgain(.overtaken):
                overtaken += 1
                statistics.overtaken.add()
                if overtaken >= Self.overtakenMax { manner.alone = true }
                if !manner.alone { Thread.sleep(forTimeInterval: .random(in: 0...Self.pauseMax)) }
            }
            outcome = attempt(batch, manner)
        }
        return outcome
    }

    private func attempt(_ batch: ArraySlice<QueuedChange>, _ manner: Manner) -> Outcome {
        var applied: [QueuedChange.Applied] = []
        applied.reserveCapacity(batch.count)
        do {
            return try database.write { session in
                let transaction = IndexTransaction(
                    session, now: clock.now(), watchers: watchers.withLock { $0 }, node: nodes.number,
                    storeIDs: storeIDs.withLock { $0 }, keptVersions: keptVersions, vaultRule: vaultRule)
                let rowsBefore = session.changeCount
                do {
                    try session.begin(alone: manner.alone)
                    // With a savepoint for each, what fails is to be known at once, and is asked for singly.
                    if session.isRemote, !manner.singly {
                        try transaction.foresee(batch.flatMap(\.foresight))
                    }
                    for change in batch where !isFull(transaction, since: rowsBefore) {
                        transaction.now = clock.now()
                        guard let result = try apply(change, transaction, singly: manner.singly) else {
                            session.rollback()
                            return .mustRunSingly
                        }
                        if let retry = result.retry {
                            session.rollback()
                            return .mustRunAgain(retry)
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
        } catch {
            if let retry = QueuedChange.Retry(error, isRemote: nodes.isShared) { return .mustRunAgain(retry) }
            return .failed(report(error), applied)
        }
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
            let isClean =
                session.changeCount == before && session.isTransactionWhole && transaction.state.references.isEmpty
            return result.failed && !isClean && result.retry == nil ? nil : result
        }
        try session.savepoint()
        let before = transaction.mark
        var result = change.apply(transaction)
        // What it handed over may fail only now.
        do { try session.settle() } catch {
            result = result.failing(report(error))
            result.retry = QueuedChange.Retry(error, isRemote: session.isRemote)
        }
        if result.retry != nil { return result }
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
        guard !observers.isEmpty || nodes.isShared else { return }
        let changes = CommittedChanges(transaction.state)
        guard !changes.isEmpty else { return }
        for observer in observers { observer.notify(changes) }
        nodes.tell(changes)
    }
}
