/// What a viewer said of a run.
public enum MemoryRating: String, Sendable, Hashable, Codable, CaseIterable {
    /// They liked it.
    case good
    /// They didn't.
    case bad
}

/// The document of a project's memory, as far as its form is known.
public struct MemoryDocument: Sendable, Hashable, Codable {
    /// What a person chose, or what was inferred from enough ratings.
    public struct Preferences: Sendable, Hashable, Codable {
        /// Moods, surest first.
        public var favoriteMoods: [String]
        /// Seconds; nil: unknown.
        public var preferredDuration: Double?
        /// Styles, surest first.
        public var dislikedMusicStyles: [String]

        enum CodingKeys: String, CodingKey {
            case favoriteMoods = "favorite_moods"
            case preferredDuration = "preferred_duration"
            case dislikedMusicStyles = "disliked_music_styles"
        }
    }

    /// A run of the history. What isn't known of it is nil.
    public struct Run: Sendable, Hashable, Codable {
        /// The run.
        public var runId: String
        /// ISO 8601.
        public var timestamp: String?
        /// nil: nobody has rated it.
        public var rating: MemoryRating?
        /// What the film is about.
        public var theme: String?
        /// The style of its music.
        public var musicStyle: String?
        /// Its mood.
        public var mood: String?
    }

    /// How often a mood and a style together were rated good.
    public struct Combination: Sendable, Hashable, Codable {
        /// The mood.
        public var mood: String
        /// The style.
        public var musicStyle: String
        /// 0 to 1.
        public var successRate: Double
    }

    /// What follows from the ratings.
    public struct Patterns: Sendable, Hashable, Codable {
        /// Best first.
        public var successfulCombinations: [Combination]
    }

    /// What is preferred.
    public var preferences: Preferences
    /// Runs, oldest first.
    public var history: [Run]
    /// What was learned.
    public var patterns: Patterns

    enum CodingKeys: String, CodingKey {
        case preferences = "user_preferences"
        case history = "video_history"
        case patterns = "learned_patterns"
    }
}
