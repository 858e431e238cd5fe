import DequeModule
import LarderModel
import NIOConcurrencyHelpers
import Synchronization

/// What waits for the writer's thread.
///
/// - Bound: ``changesMax``; the next one is refused with `.unavailable` at once.
final class WriteQueue: Sendable {
    static let changesMax = 10_000

    private struct State {
        var changes = Deque<QueuedChange>()
        var isClosed = false
    }
    private let state = Mutex(State())
    /// True when there is something to do.
    private let wake = ConditionLock(value: false)

    /// - Returns: why the change is not taken; nil: it is.
    func append(_ change: QueuedChange) -> LarderError? {
        let refusal: LarderError? = state.withLock { state in
            if state.isClosed {
                return LarderError(.unavailable, "The server is shutting down; try again in a moment.")
            }
            if state.changes.count >= Self.changesMax {
                return LarderError(
                    .unavailable, "The server has \(Self.changesMax) writes waiting already; try again in a moment.",
                    limit: .writeQueue)
            }
            state.changes.append(change)
            return nil
        }
        if refusal == nil { signal() }
        return refusal
    }

    /// Takes no more changes; those that wait are still to be done.
    func close() {
        state.withLock { $0.isClosed = true }
        signal()
    }

    private func signal() {
        wake.lock()
        wake.unlock(withValue: true)
    }

    var count: Int { state.withLock { $0.changes.count } }

    // MARK: The writer's thread

    /// Waits until there is something to do, at most so long. Blocks.
    /// - Returns: whether there is.
    func wait(seconds: Double) -> Bool {
        guard wake.lock(whenValue: true, timeoutSeconds: seconds) else { return false }
        wake.unlock(withValue: false)
        return true
    }

    /// Takes the changes that have waited longest.
    func take(max: Int) -> (changes: [QueuedChange], isClosed: Bool) {
        state.withLock { state in
            let batch = Array(state.changes.prefix(max))
            state.changes.removeFirst(batch.count)
            return (batch, state.isClosed)
        }
    }
}
