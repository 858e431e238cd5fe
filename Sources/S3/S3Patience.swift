/// When a request is sent again: waits between 0 and a bound that doubles (full jitter), so that those who failed
/// together do not come again together.
package struct S3Patience: Sendable {
    /// Times a request is sent in all.
    package var triesMax: Int
    /// The bound of the first wait, and of all.
    package var firstWait: Duration
    package var waitMax: Duration
    /// From the first try to the begin of the last.
    package var total: Duration

    /// One try, for whoever asks often or knows already that nobody is there.
    package static let once = S3Patience(triesMax: 1)

    package init(
        triesMax: Int = 5, firstWait: Duration = .milliseconds(100), waitMax: Duration = .seconds(3),
        total: Duration = .seconds(20)
    ) {
        self.triesMax = triesMax
        self.firstWait = firstWait
        self.waitMax = waitMax
        self.total = total
    }

    /// How long to wait before the next try; nil: it was the last.
    /// - Parameters:
    ///   - tries: sent so far, from 1.
    ///   - spent: since the first was sent.
    ///   - chance: 0 to 1.
    package func wait(tries: Int, spent: Duration, chance: Double) -> Duration? {
        guard tries < triesMax else { return nil }
        let wait = min(firstWait * (1 << min(tries - 1, 16)), waitMax) * chance
        // Three tries there are in any case.
        return tries < 3 || spent + wait < total ? wait : nil
    }
}
