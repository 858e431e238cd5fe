import BlobStore
import EntryIndex
import LarderModel

/// Sizes steps so that one holds the writer for some milliseconds only, and makes the pauses between them longer while clients are at work.
struct Throttle: Sendable {
    /// Things in the next step.
    private(set) var size: Int
    private let sizes: ClosedRange<Int>
    private var seen: Traffic?

    /// The writer's time that a step should take, which is what a client's write may have to wait behind it: while clients are at work, and
    /// while nobody is, when fewer commits count for more.
    private static let busyTarget = Duration.milliseconds(4), idleTarget = Duration.milliseconds(25)
    /// The pause after a step, as a multiple of its time: while nobody is at work, when somebody is, and what each client's write in a second
    /// adds, up to a bound.
    private static let idleFactor = 0.1, busyFactor = 0.5, factorPerWrite = 0.01, factorMax = 12.0
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
        let writes = foregroundWrites(store)
        let isBusy = writes != nil
        store.index.setScatteredWork(isBusy)
        let ratio = (isBusy ? Self.busyTarget : Self.idleTarget) / max(held, .microseconds(100))
        // Down at once when clients come, up in a few steps.
        size = min(max(Int(Double(size) * min(max(ratio, 0.1), 2)), sizes.lowerBound), sizes.upperBound)
        return held * (writes.map { min(Self.busyFactor + $0 * Self.factorPerWrite, Self.factorMax) } ?? Self.idleFactor)
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
