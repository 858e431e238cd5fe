import BlobStore
import EntryIndex
import LarderModel

/// Sizes steps so that one holds the writer for some milliseconds only, and makes the pauses between them longer while clients are at work.
struct Throttle: Sendable {
    /// Things in the next step.
    private(set) var size: Int
    private let sizes: ClosedRange<Int>
    private var seen: Traffic?

    /// The writer's time that a step should take: what a client's write may have to wait behind it.
    private static let stepTarget = Duration.milliseconds(4)
    /// The pause after a step, as a multiple of its time: while clients are at work, and while nobody is.
    private static let busyFactor = 1.5, idleFactor = 0.1
    /// Reads in a second that count as work.
    private static let busyReads: Double = 50

    private struct Traffic {
        let at: ContinuousClock.Instant
        let writes: Double
        let reads: Int64
    }

    init(sizes: ClosedRange<Int>) {
        self.sizes = sizes
        size = max(sizes.lowerBound, sizes.upperBound / 8)
    }

    /// A step of ``size`` things held the writer for so long.
    /// - Returns: the pause before the next one.
    mutating func pause(after held: Duration, _ store: BlobStore) -> Duration {
        let ratio = Self.stepTarget / max(held, .microseconds(100))
        size = min(max(Int(Double(size) * min(max(ratio, 0.5), 2)), sizes.lowerBound), sizes.upperBound)
        return held * (isBusy(store) ? Self.busyFactor : Self.idleFactor)
    }

    private mutating func isBusy(_ store: BlobStore) -> Bool {
        let statistics = store.statistics
        let traffic = Traffic(
            at: .now, writes: store.index.statistics.batchSizes.snapshot.sum, reads: statistics.cacheHits.value + statistics.cacheMisses.value)
        defer { seen = traffic }
        guard let seen else { return true }
        // Our own step is one of the writes.
        let seconds = max((traffic.at - seen.at).seconds, 0.001)
        return traffic.writes - seen.writes > 1.5 || Double(traffic.reads - seen.reads) / seconds > Self.busyReads
    }
}
