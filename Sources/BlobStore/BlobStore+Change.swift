package import Index
import LarderModel
package import NIOCore
import Synchronization

/// The one way to change rows of the index, and the one to read them. What holds for every change is decided here.
extension BlobStore {
    /// Which changes are taken while the disk has less room than its floor (``DiskGuard``).
    package enum Admission: Sendable {
        /// What adds to what is kept is refused then.
        case whileThereIsRoom
        /// The few bytes that the server writes of itself.
        case belowTheFloor
        /// What gives room back or takes a right away: removals, jobs and their checkpoints, revocations, the audit
        /// log. It is done even on a disk that has no room at all, out of the reserve.
        case evenWhenFull
        /// The same, and also while writing is paused: what is said of the restore that paused it.
        case evenWhilePaused
    }

    /// Changes rows in one transaction, and suspends until that is durable.
    /// - Parameters:
    ///   - foresight: what the change is about to ask.
    ///   - body: runs on the writer's thread; what it throws undoes this change alone. It may run twice, and
    ///   all other changes wait meanwhile: it reads and writes rows and nothing else.
    /// - Throws: `LarderError` `.diskFull`, `.readOnly`, `.unavailable`; what `body` throws.
    package func change<R: Sendable>(
        _ admission: Admission = .whileThereIsRoom, foreseeing foresight: [Foresight] = [],
        _ body: @escaping @Sendable (IndexTransaction) throws -> R
    ) async throws -> R {
        try admit(admission)
        guard [.evenWhenFull, .evenWhilePaused].contains(admission) else {
            return try await index.write(foreseeing: foresight, body)
        }
        let isExempt = admission == .evenWhilePaused
        return try await withReserve { try await index.write(foreseeing: foresight, isExempt: isExempt, body) }
    }

    /// The same for event loops, and never out of the reserve.
    /// - Parameter completion: called on the writer's thread when the change is durable, or with the failure, or at
    ///   once
    ///   when it is refused; must not block.
    package func change<R: Sendable>(
        _ admission: Admission = .whileThereIsRoom, foreseeing foresight: [Foresight] = [],
        _ body: @escaping @Sendable (IndexTransaction) throws -> R,
        completion: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        do { try admit(admission) } catch { return completion(.failure(error)) }
        index.write(foreseeing: foresight, body, completion: completion)
    }

    private func admit(_ admission: Admission) throws(LarderError) {
        guard admission == .whileThereIsRoom, let refusal = diskGuard.refusal else { return }
        throw index.readOnlyReason ?? index.pauseReason ?? refusal
    }

    /// Reads one state of the rows, on a thread that may block.
    package func look<R: Sendable>(_ body: @escaping @Sendable (IndexReader) throws -> R) async throws -> R {
        try await index.read(body)
    }

    /// The same for channel handlers; the future is completed on `eventLoop`.
    package func look<R: Sendable>(
        on eventLoop: any EventLoop, _ body: @escaping @Sendable (IndexReader) throws -> R
    ) -> EventLoopFuture<R> {
        index.read(on: eventLoop, body)
    }

    // MARK: Taking part

    /// Adds what takes part in writes of entries; one of each type. To be called before there are any.
    package func watch(with watcher: any EntryWatcher) {
        index.add(watcher)
        if let watcher = watcher as? any PreparingWatcher { preparing.withLock { $0.append(watcher) } }
    }

    /// Those who read before a write of this entry.
    func watchers(preparing name: EntryName) -> [any PreparingWatcher] {
        preparing.withLock { $0 }.filter { $0.concerns(name) }
    }

    /// Adds one who hears of what commits changed: called on the writer's thread after each commit and before its
    /// callers are answered, in the order of the commits. It must not block, and should look first whether anybody
    /// listens to it.
    package func observeCommits(_ observer: @escaping @Sendable (CommittedChanges) -> Void) {
        index.observeCommits(observer)
    }
}
