import Synchronization

/// A count that only grows, for `/metrics`.
package final class Counter: Sendable {
    private let total = Atomic<Int64>(0)
    package init() {}
    package func add(_ amount: Int64 = 1) { total.wrappingAdd(amount, ordering: .relaxed) }
    package var value: Int64 { total.load(ordering: .relaxed) }
}

/// How often a measure fell into each of a few fixed ranges, for `/metrics` (a Prometheus histogram).
package final class Histogram: Sendable {
    /// Upper bounds of the buckets, ascending; one more, without a bound, follows.
    package let bounds: [Double]
    private let state: Mutex<Snapshot>

    package struct Snapshot: Sendable {
        /// One count a bound, and the rest; not cumulative.
        package var counts: [Int64]
        package var sum: Double

        package init(counts: [Int64], sum: Double) {
            self.counts = counts
            self.sum = sum
        }

        package var total: Int64 { counts.reduce(0, +) }
    }

    package init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0))
    }

    package func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    package var snapshot: Snapshot { state.withLock { $0 } }

    /// From 50 µs to 10 s.
    package static func seconds() -> Histogram { Histogram(bounds: secondsBounds) }
    package static let secondsBounds = [
        0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
    ]

    /// From 1 to 512, doubling.
    package static func sizes() -> Histogram { Histogram(bounds: (0...9).map { Double(1 << $0) }) }
}

extension Duration {
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
