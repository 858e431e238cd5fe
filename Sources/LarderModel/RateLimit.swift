/// What a token may do in a second.
package struct RateLimit: Sendable, Hashable {
    /// nil: as many as it likes.
    package var requestsPerSecond: Int?
    /// Of bodies, both ways; nil: as many as it likes.
    package var bytesPerSecond: Int64?

    package static let none = RateLimit()
    package static let requestsRange = 1...1_000_000
    package static let bytesRange: ClosedRange<Int64> = 1_000...1_000_000_000_000

    package init(requestsPerSecond: Int? = nil, bytesPerSecond: Int64? = nil) {
        self.requestsPerSecond = requestsPerSecond
        self.bytesPerSecond = bytesPerSecond
    }

    /// Its own limits, and another's where it has none.
    package func completed(by other: RateLimit) -> RateLimit {
        RateLimit(
            requestsPerSecond: requestsPerSecond ?? other.requestsPerSecond,
            bytesPerSecond: bytesPerSecond ?? other.bytesPerSecond)
    }
}
