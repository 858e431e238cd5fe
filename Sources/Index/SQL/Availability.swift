import Synchronization

/// Whether an index can be used now. One that is kept on this machine always can; a database elsewhere may be away for
/// a while, and then nothing is answered, not from memory either. State of this process.
package final class Availability: Sendable {
    /// Hears of each change: why the index is away, nil: it is back.
    package typealias Observer = @Sendable (String?) -> Void

    private struct State {
        var reason: String?
        var observers: [AvailabilityObserver] = []
    }
    private let flag = Atomic(false)
    private let state = Mutex(State())

    package init() {}

    /// Cheap: asked for each read of something in memory.
    package var isAway: Bool { flag.load(ordering: .acquiring) }

    /// Why the index is away, for people; nil: it is not.
    package var reason: String? { state.withLock { $0.reason } }

    /// Says that the index is away, and why, or with nil that it is back. The observers are told, where that is news.
    /// - Returns: whether it is.
    @discardableResult
    package func set(away reason: String?) -> Bool {
        let observers: [AvailabilityObserver]? = state.withLock { state in
            let isNews = (state.reason == nil) != (reason == nil)
            // The first reason is what happened; later ones are what came of it.
            if isNews { state.reason = reason }
            flag.store(state.reason != nil, ordering: .releasing)
            return isNews ? state.observers : nil
        }
        for observer in observers ?? [] { observer.notify(reason) }
        return observers != nil
    }

    /// Adds one who hears of changes, on whatever thread finds them; it must not block.
    package func observe(_ observer: @escaping Observer) {
        state.withLock { $0.observers.append(AvailabilityObserver(notify: observer)) }
    }
}

/// A type of its own, as ``CommitObserver``.
private struct AvailabilityObserver: Sendable {
    let notify: Availability.Observer
}
