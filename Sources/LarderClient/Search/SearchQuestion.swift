public import FoundationEssentials

/// What to search for in vaults, and how (`docs/search.md`). Fields that are nil are left to the server.
public struct SearchQuestion: Sendable, Hashable, Codable {
    /// A vault, or the keys of it that begin with a prefix.
    public struct Scope: Sendable, Hashable, Codable {
        public var store: String
        public var prefix: String?
        /// What scores of its items are multiplied with, at least 0.
        public var weight: Double?

        public init(_ store: String, prefix: String? = nil, weight: Double? = nil) {
            self.store = store
            self.prefix = prefix
            self.weight = weight
        }
    }

    public enum Mode: String, Sendable, Hashable, Codable, CaseIterable { case words, meaning, hybrid }

    /// Which items may be hits.
    public struct Filter: Sendable, Hashable, Codable {
        /// Who speaks: one of these.
        public var role: [String]?
        /// Said then or later.
        public var since: Date?
        /// Said earlier.
        public var until: Date?
        /// Fields of the item's metadata with their values.
        public var metadata: [String: JSONValue]?

        public init(
            role: [String]? = nil, since: Date? = nil, until: Date? = nil, metadata: [String: JSONValue]? = nil
        ) {
            self.role = role
            self.since = since
            self.until = until
            self.metadata = metadata
        }
    }

    /// How much newer items weigh higher.
    public struct Recency: Sendable, Hashable, Codable {
        /// Such as `7d`.
        public var halfLife: String
        /// 0 to 1.
        public var weight: Double

        public init(halfLife: String, weight: Double) {
            self.halfLife = halfLife
            self.weight = weight
        }
    }

    /// How hits are put into a text for a model.
    public struct Render: Sendable, Hashable, Codable {
        public enum Form: String, Sendable, Hashable, Codable { case xml, markdown, brackets, text }

        public var form: Form
        public var maxTokens: Int?

        public init(as form: Form, maxTokens: Int? = nil) {
            self.form = form
            self.maxTokens = maxTokens
        }

        private enum CodingKeys: String, CodingKey {
            case form = "as"
            case maxTokens
        }
    }

    /// Where to look.
    public var scopes: [Scope]
    public var text: String?
    public var vector: [Float]?
    public var mode: Mode?
    /// Hits at most, 1 to 1,000.
    public var count: Int?
    public var filter: Filter?
    /// `kronos`, or a list of `{name, from, to, k}`.
    public var windows: JSONValue?
    public var backfill: Bool?
    public var recency: Recency?
    public var render: Render?

    public init(in scopes: [Scope], text: String? = nil, vector: [Float]? = nil, count: Int? = nil) {
        self.scopes = scopes
        self.text = text
        self.vector = vector
        self.count = count
    }

    private enum CodingKeys: String, CodingKey {
        case scopes = "in"
        case text, vector, mode
        case count = "k"
        case filter, windows, backfill, recency, render
    }
}
