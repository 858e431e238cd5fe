/// A log as it goes on; see ``Log/follow(after:)``. Each iteration has a connection of its own, closed with it.
public struct LogFollower: AsyncSequence, Sendable {
    /// What following brings.
    public typealias Element = LogFollowEvent

    let base: RunFollower

    /// Starts to follow.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }

    /// Follows. No task runs behind it: connections are made, waited for and read while ``next()`` is called.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: RunFollower.AsyncIterator

        /// The next event; nil after the end of a log that has one.
        /// - Throws: ``LarderClientError`` when the server refuses, or can't be reached at first.
        public mutating func next() async throws -> LogFollowEvent? { try await base.next().map { LogFollowEvent($0) } }
    }
}
