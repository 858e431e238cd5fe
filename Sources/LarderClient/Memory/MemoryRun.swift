/// A run to be remembered.
public struct MemoryRun: Sendable, Hashable, Codable {
    /// The run; unique in the site.
    public var runId: String
    /// What the film is about.
    public var theme: String
    /// Its mood.
    public var mood: String
    /// The style of its music.
    public var musicStyle: String
    /// Seconds; nil: unknown.
    public var duration: Double?
    /// ISO 8601; nil: now, or what it was before.
    public var timestamp: String?

    /// A run to be remembered; see the properties.
    public init(
        runId: String, theme: String, mood: String, musicStyle: String, duration: Double? = nil,
        timestamp: String? = nil
    ) {
        self.runId = runId
        self.theme = theme
        self.mood = mood
        self.musicStyle = musicStyle
        self.duration = duration
        self.timestamp = timestamp
    }
}
