import Synchronization

/// Lets a few suites run at a time: each brings servers of its own, and two cores are soon full.
final class Gate: Sendable {
    static let suites = Gate(permits: 3)

    private struct State {
        var free: Int
        var queue: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(permits: Int) { state = Mutex(State(free: permits)) }

    func pass<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let free = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.queue.append(continuation)
                return false
            }
            if free { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.queue.isEmpty {
                state.free += 1
                return nil
            }
            return state.queue.removeFirst()
        }
        next?.resume()
    }
}
