/// How a run stands.
public struct RunState: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The word on the wire.
    public let rawValue: String
    /// A state of this spelling; any text is allowed.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The word on the wire.
    public var description: String { rawValue }

    /// Events may still come.
    public static let running = RunState(rawValue: "running")
    /// It ended well.
    public static let completed = RunState(rawValue: "completed")
    /// It ended badly.
    public static let failed = RunState(rawValue: "failed")
    /// No event for as long as the store's policy allows (15 minutes).
    public static let stalled = RunState(rawValue: "stalled")
}
