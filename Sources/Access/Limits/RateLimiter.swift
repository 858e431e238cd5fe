package import LarderModel
import Synchronization

/// Holds a token to its ``RateLimit``. Each limit is a bucket that holds two seconds' worth: a client that was quiet
/// may burst that much.
///
/// A request takes one from the bucket of requests. It may begin while the bucket of bytes holds anything; its body,
/// and its answer's, are taken as they come, whatever is left: one body may carry the bucket into debt, and the next
/// request waits until that is paid. A body under way is never stopped.
///
/// Where several nodes serve a token each gives its part of the limit (``RateShare``). A part of less than one request
/// in two seconds lets one through whenever the last is paid.
///
/// A bucket is one number, the moment at which it is full again, changed by compare-and-swap: event loops need not wait
/// for one another.
package final class RateLimiter: Sendable {
    /// How much a bucket holds, in seconds of its rate.
    package static let burstSeconds: Int64 = 2

    /// Why a request has to wait.
    package struct Refusal: Sendable, Equatable {
        package enum Kind: String, Sendable, CaseIterable { case requests, bytes }
        package let kind: Kind
        /// What may be had in a second.
        package let limit: Int64
        package let wait: Duration

        package init(kind: Kind, limit: Int64, wait: Duration) {
            self.kind = kind
            self.limit = limit
            self.wait = wait
        }
    }

    private let limit: RateLimit
    private let requests: Bucket?
    private let bytes: Bucket?
    private let now: @Sendable () -> Duration

    /// - Parameter now: time since any moment, steadily growing.
    package init(
        _ limit: RateLimit, share: RateShare = RateShare(),
        now: @escaping @Sendable () -> Duration = RateLimiter.uptime
    ) {
        self.limit = limit
        requests = limit.requestsPerSecond.map { Bucket(perSecond: Int64($0), share) }
        bytes = limit.bytesPerSecond.map { Bucket(perSecond: $0, share) }
        self.now = now
    }

    /// Takes a request from its bucket.
    /// - Returns: why it has to wait, when it has to: nothing is taken then.
    package func admit() -> Refusal? {
        let now = now().nanoseconds
        if let refusal = refuseBytes(now) { return refusal }
        return requests?.take(now).map { refusal(.requests, limit.requestsPerSecond.map(Int64.init), $0) }
    }

    /// Whether a request would have to wait. Takes nothing.
    package var isExhausted: Bool {
        let now = now().nanoseconds
        return refuseBytes(now) != nil || requests?.isExhausted(now) ?? false
    }

    /// Takes a request that goes ahead in any case.
    package func spendRequest() { requests?.spend(1, now().nanoseconds) }

    /// Takes bytes that have come or are going out.
    package func spend(bytes count: Int64) {
        guard count > 0 else { return }
        bytes?.spend(count, now().nanoseconds)
    }

    private func refuseBytes(_ now: Int64) -> Refusal? {
        guard let bytes, let wait = bytes.debt(now) else { return nil }
        return refusal(.bytes, limit.bytesPerSecond, wait)
    }

    private func refusal(_ kind: Refusal.Kind, _ limit: Int64?, _ wait: Int64) -> Refusal {
        Refusal(kind: kind, limit: limit ?? 0, wait: .nanoseconds(wait))
    }

    private static let start = ContinuousClock.now
    /// Time since the process first asked.
    package static func uptime() -> Duration { ContinuousClock.now - start }
}

extension RateLimiter: Hashable {
    package static func == (a: RateLimiter, b: RateLimiter) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A token bucket. All times in nanoseconds.
private final class Bucket: Sendable {
    private static let capacity = RateLimiter.burstSeconds * 1_000_000_000
    /// That, or what one costs.
    private var capacity: Int64 { max(Self.capacity, cost(1)) }
    /// Beyond this a debt no longer grows: 31 years.
    private static let debtMax: Int64 = 1_000_000_000_000_000_000

    private let nanosecondsEach: Double
    /// When the bucket is full again.
    private let fullAt = Atomic<Int64>(0)
    private let share: RateShare

    init(perSecond: Int64, _ share: RateShare) {
        nanosecondsEach = 1e9 / Double(perSecond)
        self.share = share
    }

    /// - Returns: how long to wait when there is not one left.
    func take(_ now: Int64) -> Int64? {
        var seen = fullAt.load(ordering: .relaxed)
        while true {
            let next = max(seen, now) + cost(1)
            let capacity = capacity
            if next - now > capacity { return next - now - capacity }
            let (exchanged, original) = fullAt.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return nil }
            seen = original
        }
    }

    func isExhausted(_ now: Int64) -> Bool { max(fullAt.load(ordering: .relaxed), now) + cost(1) - now > capacity }

    func spend(_ count: Int64, _ now: Int64) {
        var seen = fullAt.load(ordering: .relaxed)
        while true {
            let next = min(max(seen, now) + cost(count), now + Self.debtMax)
            let (exchanged, original) = fullAt.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }

    /// - Returns: how long until it holds anything; nil when it does.
    func debt(_ now: Int64) -> Int64? {
        let missing = fullAt.load(ordering: .relaxed) - now
        return missing < Self.capacity ? nil : missing - Self.capacity + 1
    }

    private func cost(_ count: Int64) -> Int64 {
        Int64(min(Double(count) * nanosecondsEach * Double(share.nodes), Double(Self.debtMax)))
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
