package import LarderModel

/// What the server takes at most and how long it waits. Each has a flag of `larder serve`, named in ``check()``;
/// docs/limits.md repeats the defaults.
package struct ServerLimits: Sendable, Equatable {
    /// A request's target. A key of 600 bytes, all of it percent-encoded, takes 1,800; the rest is for store, prefix
    /// and signature.
    package var url = ByteCount(8_000)
    /// One header field, and all of them together.
    package var headerField = ByteCount(16_000)
    package var headerList = ByteCount(64_000)
    package var headerCount = 200
    /// In all; more wait in the kernel.
    package var connections = 16_384
    /// Of one client (an IPv4 address, an IPv6 /64). nil: 1,024, and clients on this machine are not counted.
    package var clientConnections: Int?
    /// From a head's first byte to its last; for the first request of a connection from the connection's beginning.
    package var headTime = Duration.seconds(20)
    /// Between two requests of a connection.
    package var idleTime = Duration.seconds(75)
    /// Bytes a second that a body must bring and a reader must take, on average over each ``rateWindow`` in which the
    /// server waits for it.
    package var minRate = ByteCount(1_000)
    package var rateWindow = Duration.seconds(20)
    /// Bodies of more than ``uploadSize`` or of unknown length that are being received at once.
    package var uploads = 256
    /// Bytes of bodies and answers that are held whole in memory, all together.
    package var buffered = ByteCount(256_000_000)
    /// How many times its size a gzip body may inflate to, beyond its first ``inflateFree``.
    package var inflateRatio = 200
    package var jsonDepth = 64
    /// Entries of one page of a list.
    package var listPage = ListQuery.maxLimit
    /// Event streams in all and of one run.
    package var followers = 15_000
    package var runFollowers = 12_000

    package static let clientConnectionsDefault = 1_024
    package static let uploadSize: Int64 = 64 << 10
    package static let inflateFree: Int64 = 1 << 20

    package init() {}

    /// Connections that go with so many descriptors. An eighth of them is for files that are read and written.
    package static func connections(descriptors: Int, cores: Int) -> Int {
        // The index with its readers, the pool of four, the listener, standard streams and what a library opens in
        // passing have 64; each core's event loop has three and some.
        max(1, descriptors - max(32, descriptors / 8) - 64 - 4 * cores)
    }

    /// - Throws: `LarderError` `.malformedRequest`, naming flag and range, when a value can't be.
    package func check() throws(LarderError) {
        try Self.check("--max-url", url, ByteCount(1_000)...ByteCount(64_000))
        try Self.check("--max-header-field", headerField, ByteCount(1_000)...ByteCount(256_000))
        try Self.check("--max-header-list", headerList, ByteCount(2_000)...ByteCount(1_000_000))
        try Self.check("--max-headers", headerCount, 20...1_000)
        try Self.check("--max-connections", connections, 1...1_000_000)
        try Self.check("--max-client-connections", clientConnections ?? 1, 1...1_000_000)
        try Self.check("--head-timeout", headTime)
        try Self.check("--idle-timeout", idleTime)
        try Self.check("--min-rate", minRate, ByteCount(1)...ByteCount(1_000_000))
        try Self.check("--rate-window", rateWindow)
        try Self.check("--max-uploads", uploads, 1...100_000)
        try Self.check("--max-buffered", buffered, ByteCount(1_000_000)...ByteCount(1_000_000_000_000))
        try Self.check("--max-inflate-ratio", inflateRatio, 1...1_100)
        try Self.check("--max-json-depth", jsonDepth, JSONText.depthRange)
        try Self.check("--max-page", listPage, 1...ListQuery.maxLimit)
        try Self.check("--max-followers", followers, 1...1_000_000)
        try Self.check("--max-run-followers", runFollowers, 1...1_000_000)
    }

    private static func check(_ flag: String, _ value: Int, _ range: ClosedRange<Int>) throws(LarderError) {
        guard range.contains(value) else {
            throw LarderError(.malformedRequest, "\(flag) is \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
    }

    private static func check(_ flag: String, _ value: ByteCount, _ range: ClosedRange<ByteCount>) throws(LarderError) {
        guard range.contains(value) else {
            throw LarderError(.malformedRequest, "\(flag) is \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
    }

    private static func check(_ flag: String, _ value: Duration) throws(LarderError) {
        guard (.seconds(1) ... .seconds(3_600)).contains(value) else {
            throw LarderError(.malformedRequest, "\(flag) is 1s to 1h, not \(value.policyText).")
        }
    }
}
