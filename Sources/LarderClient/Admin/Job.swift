public import FoundationEssentials

/// Long work on the server: a cleanup, a collection, a verification.
public struct Job: Sendable, Hashable, Codable {
    /// How it stands.
    public struct State: RawRepresentable, Sendable, Hashable, Codable {
        /// The word on the wire.
        public let rawValue: String
        /// A state of this spelling; any text is allowed.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// It is under way, or will go on after the server's next start.
        public static let running = State(rawValue: "running")
        /// It ended well.
        public static let done = State(rawValue: "done")
        /// It ended badly: ``Job/error`` says why.
        public static let failed = State(rawValue: "failed")
        /// Somebody ended it.
        public static let cancelled = State(rawValue: "cancelled")
    }

    /// How far it is.
    public struct Progress: Sendable, Hashable, Codable {
        /// Things looked at.
        public var done: Int64
        /// Things to look at, as counted when it began; 0: not counted yet.
        public var total: Int64
        /// Bytes removed or read.
        public var bytes: Int64?
        /// Of those, in a second.
        public var bytesPerSecond: Int64?
        /// A guess; nil when there is nothing to go by.
        public var secondsLeft: Int64?
    }

    /// Why it failed.
    public struct Failure: Sendable, Hashable, Codable {
        /// As in error documents.
        public var code: String
        /// One sentence or two.
        public var message: String
    }

    /// Its number.
    public var id: String
    /// `cleanup`, `collect`, `verify`, `scrub`.
    public var kind: String
    /// What people call it.
    public var title: String
    /// How it stands.
    public var state: State
    /// Who asked for it.
    public var requestedBy: String?
    /// How far it is.
    public var progress: Progress
    /// When it began.
    public var startedAt: Date
    /// When it ended; nil while it runs.
    public var endedAt: Date?
    /// What came of it: an object whose fields depend on the kind.
    public var result: JSONValue?
    /// Why it failed; nil unless it did.
    public var error: Failure?
}
