/// When a request is sent again: after 429 and 503 only, for then the server says that it did nothing, and only when
/// its body can be sent again.
public struct RetryPolicy: Sendable, Hashable {
    /// Times a request is sent in all, at least 1.
    public var maxAttempts: Int
    /// Time spent waiting in all. A `Retry-After` that would exceed it ends the retries.
    public var maxWait: Duration
    /// The first wait without a `Retry-After`; each next one is twice as long.
    public var firstWait: Duration

    /// - Parameters:
    ///   - maxAttempts: times a request is sent in all; 1 means never again.
    ///   - maxWait: time spent waiting in all.
    ///   - firstWait: the first wait without a `Retry-After`; doubled each time.
    public init(maxAttempts: Int = 5, maxWait: Duration = .seconds(30), firstWait: Duration = .milliseconds(200)) {
        self.maxAttempts = max(1, maxAttempts)
        self.maxWait = maxWait
        self.firstWait = firstWait
    }

    /// No retries at all.
    public static let never = RetryPolicy(maxAttempts: 1)

    /// How long to wait before sending again; nil: give up.
    /// - Parameters:
    ///   - error: what the last attempt got.
    ///   - attempts: times it was sent, from 1.
    ///   - waited: time spent waiting so far.
    ///   - jitter: 0 to 1.
    func wait(after error: LarderClientError, attempts: Int, waited: Duration, jitter: Double) -> Duration? {
        guard error.status == 429 || error.status == 503, ![.readOnly, .outcomeUnknown].contains(error.code),
            attempts < maxAttempts
        else {
            return nil
        }
        // Spread upwards only: earlier than the server asked would be rude.
        let base = error.retryAfter ?? firstWait * (1 << min(attempts - 1, 20))
        let wait = base + (error.retryAfter == nil ? base : min(base, .seconds(1))) * jitter
        return waited + wait <= maxWait ? wait : nil
    }
}
