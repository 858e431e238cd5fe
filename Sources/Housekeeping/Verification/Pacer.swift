/// Keeps a stream of bytes at or below a rate.
struct Pacer: Sendable {
    private let bytesPerSecond: Double?
    private var begun = ContinuousClock.now
    private var bytes: Double = 0

    init(bytesPerSecond: Int64?) { self.bytesPerSecond = bytesPerSecond.map { Double(max($0, 1)) } }

    /// So much went by.
    /// - Returns: how long to wait before more.
    mutating func pause(after count: Int64) -> Duration {
        guard let bytesPerSecond else { return .zero }
        bytes += Double(count)
        let ahead = Duration.seconds(bytes / bytesPerSecond) - (ContinuousClock.now - begun)
        if ahead < .seconds(-1) {
            // A time without work is not made up for by a burst.
            begun = .now
            bytes = 0
        }
        return max(ahead, .zero)
    }
}
