import BlobStore
import EntryIndex
import LarderModel

/// Sizes steps so that one holds the writer for some milliseconds only, and makes the pauses between them longer while clients are at work.
struct Throttle: Sendable {
    /// Things in the next step.
    private(set) var size: Int
    private let sizes: ClosedRange<Int>
    private var seen: Traffic?

    private let pace: Pace

    /// How long a step may hold the writer, commit included, which is what a client's write may have to wait behind it, and how long the pause
    /// after it is, as a multiple of that time.
    private struct Pace {
        /// While clients are at work.
        let busyTarget: Duration
        let busyFactor: Double
        /// What each client's write in a second adds to the factor, up to a bound.
        let factorPerWrite, factorMax: Double
    }
    /// Somebody waits for the end: clients are served meanwhile, but wait longer.
    private static let urgent = Pace(busyTarget: .milliseconds(10), busyFactor: 0.2, factorPerWrite: 0.002, factorMax: 5)
    /// Nobody waits: clients should not notice. One write in ten meets a step, and waits for a fraction of what a commit takes at times anyway.
    private static let unhurried = Pace(busyTarget: .milliseconds(2), busyFactor: 9, factorPerWrite: 0, factorMax: 9)
    /// While nobody is at work, fewer commits count for more.
    private static let idleTarget = Duration.milliseconds(25), idleFactor = 0.1
    /// Reads in a second that count as work.
    private static let busyReads: Double = 50

    private struct Traffic {
        let at: ContinuousClock.Instant
        let writes: Double
        let reads: Int64
    }

    /// - Parameter isUrgent: whether somebody waits for the job's end.
    init(sizes: ClosedRange<Int>, isUrgent: Bool) {
        self.sizes = sizes
        pace = isUrgent ? Self.urgent : Self.unhurried
        size = max(sizes.lowerBound, sizes.upperBound / 8)
    }

    /// A step of ``size`` things held the writer for so long.
    /// - Returns: the pause before the next one.
    mutating func pause(after held: Duration, _ store: BlobStore) -> Duration {
        let writes = foregroundWrites(store)
        let isBusy = writes != nil
        store.index.setScatteredWork(isBusy)
        let ratio = (isBusy ? pace.busyTarget : Self.idleTarget) / max(held, .microseconds(100))
        // Down at once when clients come, up in a few steps.
        size = min(max(Int(Double(size) * min(max(ratio, 0.1), 2)), sizes.lowerBound), sizes.upperBound)
        return held * (writes.map { min(pace.busyFactor + $0 * pace.factorPerWrite, pace.factorMax) } ?? Self.idleFactor)
    }

    /// Clients' writes in a second since the last step; nil: clients are not at work.
    private mutating func foregroundWrites(_ store: BlobStore) -> Double? {
        let statistics = store.statistics
        let traffic = Traffic(
            at: .now, writes: store.index.statistics.batchSizes.snapshot.sum, reads: statistics.cacheHits.value + statistics.cacheMisses.value)
        defer { seen = traffic }
        guard let seen else { return 0 }
        let seconds = max((traffic.at - seen.at).seconds, 0.001)
        // Our own step is one of the writes.
        let writes = max(traffic.writes - seen.writes - 1, 0)
        let isBusy = writes > 0 || Double(traffic.reads - seen.reads) / seconds > Self.busyReads
        return isBusy ? writes / seconds : nil
    }
}
