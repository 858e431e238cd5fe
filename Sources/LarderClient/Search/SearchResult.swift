public import FoundationEssentials

/// What a search found.
public struct SearchResult: Sendable, Hashable, Codable {
    /// An item.
    public struct Hit: Sendable, Hashable, Codable {
        /// Its places by words and by meaning, from 1.
        public struct Ranks: Sendable, Hashable, Codable {
            public var words: Int?
            public var meaning: Int?
        }

        public var store: String
        public var key: String
        /// The event's number; nil: the item is an entry.
        public var seq: Int64?
        /// Which of its passages this is, from 0; nil: it has one only.
        public var passage: Int?
        /// When it was said.
        public var at: Date
        public var score: Double
        public var ranks: Ranks
        /// The window that it lies in.
        public var window: String?
        /// Who says it.
        public var role: String?
        public var text: String
        public var metadata: JSONValue
    }

    /// Best first.
    public var hits: [Hit]
    /// Hits by window.
    public var windows: [String: Int]?
    /// How it was searched.
    public var mode: SearchQuestion.Mode
    /// The hits as a text for a model, where that was asked for, and about how many tokens it has.
    public var context: String?
    public var tokens: Int?
}
