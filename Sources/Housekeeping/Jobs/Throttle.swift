import BlobStore
import LarderModel

/// Sizes steps so that one holds the writer for some milliseconds only, and makes the pauses between them longer while
/// clients are at work. A pure state machine: it is told what a step took and what clients did meanwhile.
struct Throttle: Sendable {
    /// Things in the next step.
    private(set) var size: Int
    private let sizes: ClosedRange<Int>
    private let pace: Pace
    private let begun: ContinuousClock.Instant
    private var seen: Traffic?

    /// How long a step may hold the writer, commit included, which is what a client's write may have to wait behind it,
    /// and how long the pause after it is, as a multiple of that time.
    private struct Pace {
        /// While clients are at work.
        let busyTarget: Duration
        let busyFactor: Double
        /// What each client's write in a second adds to the factor, up to a bound.
        let factorPerWrite, factorMax: Double
        /// The time that the whole job may take: as it runs out the factor falls back to ``busyFactor``.
        let allowance: Duration?
    }
    /// Somebody waits for the end: clients are served meanwhile, but wait longer.
    private static let urgent = Pace(
        busyTarget: .milliseconds(10), busyFactor: 0.2, factorPerWrite: 0.002, factorMax: 5, allowance: nil)
    /// Nobody waits, as long as a job of every hour ends within it: clients should not notice. What reaches their p99
    /// is the share of writes that meet a step, unless it is shorter than what they wait at times anyway, and of those
    /// that meet the longer checkpoint of what the steps wrote: so steps are as short as a commit allows, and at 500
    /// writes a second their share is half a percent.
    private static let unhurried = Pace(
        busyTarget: .milliseconds(1), busyFactor: 9, factorPerWrite: 0.4, factorMax: 199, allowance: .seconds(3_600))
    /// While nobody is at work, fewer commits count for more.
    private static let idleTarget = Duration.milliseconds(25), idleFactor = 0.1
    /// Reads in a second that count as work.
    private static let busyReads: Double = 50
    /// Whatever a step took.
    static let pauseMax = Duration.seconds(5)
    /// Below this factor steps make so many different pages that checkpoints have to be smaller: above it, having them
    /// more often costs more.
    private static let scatteredFactor: Double = 50

    /// What was done in the store up to some moment.
    struct Traffic: Sendable {
        var at: ContinuousClock.Instant
        /// Changes that were committed, a job's own among them.
        var writes: Double
        var reads: Int64
    }

    struct Pacing: Sendable {
        /// How long to wait before the next step.
        var pause: Duration
        /// Whether the job rewrites much of what a checkpoint has to write, while clients are at work.
        var isScattered: Bool
    }

    /// - Parameter isUrgent: whether somebody waits for the job's end.
    init(sizes: ClosedRange<Int>, isUrgent: Bool, now: ContinuousClock.Instant = .now) {
        self.sizes = sizes
        pace = isUrgent ? Self.urgent : Self.unhurried
        begun = now
        size = isUrgent ? max(sizes.lowerBound, sizes.upperBound / 8) : sizes.lowerBound
    }

    /// A step of ``size`` things held the writer for so long.
    /// - Parameter remaining: things that are still to be done, about.
    mutating func decide(after held: Duration, remaining: Int64, _ traffic: Traffic) -> Pacing {
        let held = max(held, .microseconds(100))
        let writes = foregroundWrites(traffic)
        let factor = writes.map { busyFactor($0, held, remaining, traffic.at) }
        let ratio = (factor == nil ? Self.idleTarget : pace.busyTarget) / held
        // Down at once when clients come, up in a few steps.
        size = min(max(Int(Double(size) * min(max(ratio, 0.1), 2)), sizes.lowerBound), sizes.upperBound)
        return Pacing(
            pause: min(held * (factor ?? Self.idleFactor), Self.pauseMax),
            isScattered: factor.map { $0 < Self.scatteredFactor } ?? false)
    }

    private func busyFactor(_ writes: Double, _ held: Duration, _ remaining: Int64, _ now: ContinuousClock.Instant)
        -> Double
    {
        var most = pace.factorMax
        if let allowance = pace.allowance {
            let ahead = held * (Double(max(remaining, 1)) / Double(size))
            most = min(most, max((allowance - (now - begun)) / ahead - 1, pace.busyFactor))
        }
        return min(pace.busyFactor + writes * pace.factorPerWrite, most)
    }

    /// Clients' writes in a second since the last step; nil: clients are not at work.
    private mutating func foregroundWrites(_ traffic: Traffic) -> Double? {
        defer { seen = traffic }
        guard let seen else { return 0 }
        let seconds = max((traffic.at - seen.at).seconds, 0.001)
        // Our own step is one of the writes.
        let writes = max(traffic.writes - seen.writes - 1, 0)
        let isBusy = writes > 0 || Double(traffic.reads - seen.reads) / seconds > Self.busyReads
        return isBusy ? writes / seconds : nil
    }
}

extension Throttle {
    /// Looks at what clients do in the store, and tells it how the job works.
    /// - Returns: the pause before the next step.
    mutating func pause(after held: Duration, remaining: Int64, _ blobs: BlobStore) -> Duration {
        let statistics = blobs.statistics
        let traffic = Traffic(
            at: .now, writes: statistics.commitBatchSizes.snapshot.sum,
            reads: statistics.cacheHits.value + statistics.cacheMisses.value)
        let decision = decide(after: held, remaining: remaining, traffic)
        blobs.setScatteredWork(decision.isScattered)
        return decision.pause
    }
}
