/// How a log's rule bounds it.
package struct LogBounds: Sendable {
    /// Events kept; at least 1.
    package var maxEvents: Int
    /// Fingerprints that are remembered beyond the kept events.
    package var remembered: Int { max(1_000, 2 * maxEvents) }
    /// Answers to idempotency keys that are kept, the latest ones.
    package var replies: Int

    package static let repliesDefault = 100_000

    package init(maxEvents: Int, replies: Int = repliesDefault) {
        self.maxEvents = maxEvents
        self.replies = replies
    }
}
