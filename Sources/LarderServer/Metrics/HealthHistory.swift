import LarderModel
import Synchronization

/// How the server was in the last 24 hours, a point a minute, for people who come later. In memory: a restart begins
/// anew.
final class HealthHistory: Sendable {
    static let interval = Duration.seconds(60)
    static let pointsMax = 1_440

    /// What was counted up to a moment.
    struct Reading: Sendable {
        var at: Timestamp
        var instant: ContinuousClock.Instant
        var requests, refused, failed, bytesIn, bytesOut: Int64
        var requestSeconds, commitSeconds: Histogram.Snapshot
        /// Of engines behind a network.
        var indexSeconds, objectSeconds: Histogram.Snapshot?
        var queue, followers: Int
        var freeBytes: Int64
    }

    /// What came between two readings, a second; times and states are of its end.
    struct Point: Sendable {
        var at: Timestamp
        var requests, refused, failed, bytesIn, bytesOut: Double
        /// Seconds; nil: there was none.
        var median, slow, commit: Double?
        /// Of the answers of engines behind a network; nil: there was none.
        var index, objects: Times?
        var queue, followers: Int
        var freeBytes: Int64
    }

    /// Seconds: the median and the 99th percentile.
    struct Times: Sendable {
        var median, slow: Double
    }

    private struct State {
        var points: [Point] = []
        var last: Reading?
    }
    private let state = Mutex(State())

    /// Ends a minute with this reading. The first one only begins the next.
    func note(_ reading: Reading) {
        state.withLock { state in
            if let last = state.last { state.points.append(Point(from: last, to: reading)) }
            if state.points.count > Self.pointsMax { state.points.removeFirst() }
            state.last = reading
        }
    }

    /// The minutes that are over, oldest first, and what there is of this one.
    func points(upTo reading: Reading) -> [Point] {
        state.withLock { state in
            guard let last = state.last, last.instant < reading.instant else { return state.points }
            return state.points + [Point(from: last, to: reading)]
        }
    }
}

extension HealthHistory.Point {
    init(from a: HealthHistory.Reading, to b: HealthHistory.Reading) {
        let seconds = max((b.instant - a.instant).seconds, 0.001)
        func rate(_ count: KeyPath<HealthHistory.Reading, Int64>) -> Double {
            Double(b[keyPath: count] - a[keyPath: count]) / seconds
        }
        let requestSeconds = b.requestSeconds - a.requestSeconds
        self.init(
            at: b.at, requests: rate(\.requests), refused: rate(\.refused), failed: rate(\.failed),
            bytesIn: rate(\.bytesIn), bytesOut: rate(\.bytesOut),
            median: requestSeconds.quantile(0.5, Histogram.secondsBounds),
            slow: requestSeconds.quantile(0.99, Histogram.secondsBounds),
            commit: (b.commitSeconds - a.commitSeconds).quantile(0.99, Histogram.secondsBounds),
            index: HealthHistory.Times(from: a.indexSeconds, to: b.indexSeconds),
            objects: HealthHistory.Times(from: a.objectSeconds, to: b.objectSeconds),
            queue: b.queue, followers: b.followers, freeBytes: b.freeBytes)
    }
}

extension HealthHistory.Times {
    /// What was counted in between; nil: nothing.
    fileprivate init?(from a: Histogram.Snapshot?, to b: Histogram.Snapshot?) {
        guard let a, let b else { return nil }
        let grown = b - a
        guard let median = grown.quantile(0.5, Histogram.secondsBounds),
            let slow = grown.quantile(0.99, Histogram.secondsBounds)
        else { return nil }
        self.init(median: median, slow: slow)
    }
}

extension Histogram.Snapshot {
    static func - (a: Histogram.Snapshot, b: Histogram.Snapshot) -> Histogram.Snapshot {
        Histogram.Snapshot(counts: zip(a.counts, b.counts).map { $0 - $1 }, sum: a.sum - b.sum)
    }

    static func + (a: Histogram.Snapshot, b: Histogram.Snapshot) -> Histogram.Snapshot {
        Histogram.Snapshot(counts: zip(a.counts, b.counts).map { $0 + $1 }, sum: a.sum + b.sum)
    }

    /// Within its range by proportion; nil: nothing was counted. What is above the last bound is told as that bound.
    func quantile(_ share: Double, _ bounds: [Double]) -> Double? {
        let total = total
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var below = 0.0, from = 0.0
        for (count, bound) in zip(counts, bounds) {
            let upTo = below + Double(count)
            if upTo >= rank, count > 0 { return from + (bound - from) * (rank - below) / Double(count) }
            below = upTo
            from = bound
        }
        return from
    }
}
