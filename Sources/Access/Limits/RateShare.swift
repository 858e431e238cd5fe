import Synchronization

/// Among how many nodes the rate of a token is shared: each gives an equal part of it.
package final class RateShare: Sendable {
    private let count = Atomic<Int>(1)

    package init() {}

    /// At least 1.
    package var nodes: Int { count.load(ordering: .relaxed) }
    package func set(nodes: Int) { count.store(max(nodes, 1), ordering: .relaxed) }
}
