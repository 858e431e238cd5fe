import Synchronization

/// Objects whose content was hashed by this process, with their stamps of then. State of one process. Bounded: beyond
/// 2 × 32,768 the older half is forgotten, which costs a second hashing and nothing else.
final class CheckedObjects: Sendable {
    private struct State {
        var recent: [ObjectLocator: ObjectStamp] = [:]
        var older: [ObjectLocator: ObjectStamp] = [:]
    }
    private let state = Mutex(State())
    private static let halfMax = 32_768

    func contains(_ locator: ObjectLocator, _ stamp: ObjectStamp) -> Bool {
        state.withLock { ($0.recent[locator] ?? $0.older[locator]) == stamp }
    }

    func remember(_ locator: ObjectLocator, _ stamp: ObjectStamp) {
        state.withLock { state in
            if state.recent.count >= Self.halfMax {
                state.older = state.recent
                state.recent = [:]
            }
            state.recent[locator] = stamp
        }
    }
}
