import DequeModule
import Synchronization

/// Lets one task at a time work on a name; the others wait in order without blocking a thread. Bounded by the requests
/// that are open.
package final class KeyedLock<Key: Hashable & Sendable>: Sendable {
    private let waiting = Mutex<[Key: Deque<CheckedContinuation<Void, Never>>]>([:])

    package init() {}

    package func withLock<R: Sendable>(_ key: Key, _ body: () async throws -> R) async rethrows -> R {
        await withCheckedContinuation { turn in
            let isFree = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(turn)
                return false
            }
            if isFree { turn.resume() }
        }
        defer {
            let next: CheckedContinuation<Void, Never>? = waiting.withLock { waiting in
                if let next = waiting[key]?.popFirst() { return next }
                waiting[key] = nil
                return nil
            }
            next?.resume()
        }
        return try await body()
    }
}
