import Synchronization

/// The bytes of bodies and answers that the server may hold whole in memory, over all connections together. What is
/// held has a ``BufferLease``; where there is no room for one, the request is refused.
package final class BufferBudget: Sendable {
    /// A body, and an answer, up to this size is not counted: it costs nothing here, and the number of connections
    /// bounds how many there are.
    package static let free = 32 << 10

    package let limit: ByteCount
    private let leased = Atomic<Int>(0)

    package init(_ limit: ByteCount = ByteCount(256_000_000)) { self.limit = limit }

    /// Bytes that are held.
    package var held: Int { leased.load(ordering: .relaxed) }

    /// Looks whether there could be room for so many bytes, if nobody else held any.
    /// - Throws: `LarderError` `.entryTooLarge`.
    package func checkEverFits(_ bytes: Int) throws(LarderError) {
        guard bytes > limit.bytes else { return }
        throw LarderError(
            .entryTooLarge,
            "This takes \(bytes) bytes of memory; the server has \(limit.messageText) for all bodies and answers "
                + "together.",
            limit: .buffered)
    }

    fileprivate func take(_ bytes: Int) throws(LarderError) {
        guard bytes <= limit.bytes else { throw busy }
        guard leased.wrappingAdd(bytes, ordering: .relaxed).newValue <= limit.bytes else {
            give(bytes)
            throw busy
        }
    }

    fileprivate func takeAnyway(_ bytes: Int) { leased.wrappingAdd(bytes, ordering: .relaxed) }
    fileprivate func give(_ bytes: Int) { leased.wrappingSubtract(bytes, ordering: .relaxed) }

    private var busy: LarderError {
        LarderError(
            .unavailable,
            "The server holds as many bodies and answers in memory as it may, \(limit.messageText) in all; try again "
                + "in a moment.",
            limit: .buffered)
    }
}

/// A share of a ``BufferBudget``, given back when nobody holds it any more.
package final class BufferLease: Sendable {
    private let budget: BufferBudget
    private let leased = Atomic<Int>(0)

    package init(_ budget: BufferBudget) { self.budget = budget }

    deinit { budget.give(leased.load(ordering: .relaxed)) }

    /// Grows to so many bytes; it never shrinks. Not for two tasks at a time.
    /// - Throws: `LarderError` `.unavailable` where there is no room; it is as it was then.
    package func cover(_ bytes: Int) throws(LarderError) {
        guard let more = missing(bytes) else { return }
        try budget.take(more)
        leased.wrappingAdd(more, ordering: .relaxed)
    }

    /// The same for what can't be refused any more: others are, until there is room again.
    package func coverAnyway(_ bytes: Int) {
        guard let more = missing(bytes) else { return }
        budget.takeAnyway(more)
        leased.wrappingAdd(more, ordering: .relaxed)
    }

    private func missing(_ bytes: Int) -> Int? {
        let more = bytes - leased.load(ordering: .relaxed)
        return bytes > BufferBudget.free && more > 0 ? more : nil
    }
}
