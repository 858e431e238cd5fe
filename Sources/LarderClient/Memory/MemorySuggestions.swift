/// Combinations to try next, and the seed that gives them again.
public struct MemorySuggestions: Sendable, Hashable, Codable {
    /// A combination.
    public struct Suggestion: Sendable, Hashable, Codable {
        /// The mood.
        public var mood: String
        /// The style of the music.
        public var musicStyle: String
        /// Good of rated runs, 0 to 1; nil: none was rated.
        public var successRate: Double?
        /// Rated runs.
        public var trials: Int
        /// The rate that can be counted on, 0 to 1: the lower end of Wilson's 95 % interval.
        public var lowerBound: Double
        /// Why it is suggested, in a sentence.
        public var reason: String
    }

    /// By falling lower bound.
    public var suggestions: [Suggestion]
    /// The seed.
    public var seed: UInt64
}
