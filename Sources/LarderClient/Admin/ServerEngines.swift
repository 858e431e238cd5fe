/// What a server keeps its index and its large content with, and how that is.
public struct ServerEngines: Codable, Sendable, Hashable {
    public var index: Engine
    public var objects: Engine

    public struct Engine: Codable, Sendable, Hashable {
        /// `sqlite` or `postgres`; `disk` or `s3`.
        public var engine: String
        /// Seconds that its answers took in the last minute: the median and the 99th percentile. nil: it is on the
        /// server's own machine, or was asked nothing.
        public var p50: Double?
        public var p99: Double?
        /// Why it can't do its work; nil: it can.
        public var waitsFor: String?
    }
}
