import Foundation
import Synchronization

/// A value that arrives once, from any thread, and that tasks can wait for.
final class OneShot<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [UUID: CheckedContinuation<Value?, Never>] = [:]
        /// Waits that were given up before they were registered.
        var abandoned: Set<UUID> = []
    }

    private let state = Mutex(State())

    /// The value if it is there already.
    var current: Value? { state.withLock { $0.value } }

    /// Later calls change nothing.
    func fulfill(_ value: Value) {
        let waiters = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// Waits for the value; nil when the waiting task is cancelled first.
    func wait() async -> Value? {
        let id = UUID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (ready, answer) = state.withLock { state -> (Bool, Value?) in
                    if let value = state.value { return (true, value) }
                    if state.abandoned.remove(id) != nil { return (true, nil) }
                    state.waiters[id] = continuation
                    return (false, nil)
                }
                if ready { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
                if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
                state.abandoned.insert(id)
                return nil
            }
            waiter?.resume(returning: nil)
        }
    }
}

/// A wait that took too long.
struct TimedOut: Error, CustomStringConvertible {
    let what: String
    let limit: Duration
    var description: String { "gave up after \(limit * patience): \(what)" }
}

/// Limits are of a machine that has nothing else to do. Hundreds of tests share two cores, and perhaps another program's
/// work: they get so many times as long, for a limit is there to end what hangs and not to time what works.
private let patience = 4

/// Runs `body`, and cancels it when it takes longer than `limit`, on a machine at rest. A bound, never a way to
/// synchronise.
func within<Result: Sendable>(
    _ limit: Duration = .seconds(30), _ what: String, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit * patience)
            throw TimedOut(what: what, limit: limit)
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw TimedOut(what: what, limit: limit) }
        return result
    }
}

/// Whether `condition` comes true within `limit`, on a machine at rest. For facts that only a look can tell, such as what lies in a folder.
func eventually(within limit: Duration = .seconds(10), _ condition: () async throws -> Bool) async throws -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: limit * patience)
    while true {
        if try await condition() { return true }
        if clock.now >= deadline { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
}
