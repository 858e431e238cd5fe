package import LarderModel

/// How a log's rule bounds it.
package struct LogBounds: Sendable {
    /// Events kept; at least 1.
    package var maxEvents: Int
    /// Bytes of the kept events together; of them the newest stays in any case.
    package var maxBytes: Int64
    /// Fingerprints that are remembered beyond the kept events.
    package var remembered: Int { max(1_000, min(2 * min(maxEvents, Self.comparedMax), Self.comparedMax)) }
    /// Answers to idempotency keys that are kept, the latest ones.
    package var replies: Int

    package static let repliesDefault = 100_000
    /// Fingerprints of a log that a whole-array write is compared with, its newest ones: 16 bytes each are in memory
    /// for that.
    package static let comparedMax = 100_000
    /// Events that one append takes from beyond the caps at most, besides as many as it brings: what a policy that
    /// was made smaller leaves goes over several appends, so that none holds the writer up.
    package static let trimmedMax = 10_000

    /// - Parameters:
    ///   - maxEvents: nil: all are kept.
    ///   - maxBytes: nil: as many as they have.
    package init(maxEvents: Int?, maxBytes: ByteCount? = nil, replies: Int = repliesDefault) {
        self.maxEvents = maxEvents ?? .max
        self.maxBytes = maxBytes?.bytes ?? .max
        self.replies = replies
    }
}
