public import FoundationEssentials

/// A log of a store, as a list has it.
public struct LogInfo: Sendable, Hashable {
    /// The log's key.
    public var key: String
    /// Sequence number of the oldest event that is kept; `last + 1` or 0 when none is.
    public var first: Int64
    /// Sequence number of the newest event; 0 when there never was one.
    public var last: Int64
    /// Events that are kept.
    public var count: Int64
    /// Events that the log's limits took away.
    public var dropped: Int64
    /// Bytes of the events that are kept.
    public var bytes: Int64
    /// When it began; nil: the server doesn't say.
    public var startedAt: Date?
    /// The newest event's ``LoggedEvent/at``; nil: the server doesn't say.
    public var updatedAt: Date?
    /// When it goes away by itself; nil: not before a rule of the store says so.
    public var expiresAt: Date?
    /// What was said of it; empty when nothing was.
    public var metadata: EntryMetadata
    /// The newest event; nil when there is none, or when the list didn't ask for it.
    public var lastEvent: LoggedEvent?

    /// - Throws: ``LarderClientError`` `invalidResponse`.
    init(_ fields: AnswerFields) throws {
        guard let key = try fields.string("key") else {
            throw LarderClientError(.invalidResponse, "A log of the list has no key.")
        }
        self.key = key
        first = try fields.optionalInteger("first") ?? 0
        last = try fields.optionalInteger("last") ?? 0
        count = try fields.integer("count")
        dropped = try fields.optionalInteger("dropped") ?? 0
        bytes = try fields.optionalInteger("bytes") ?? 0
        startedAt = try fields.date("startedAt")
        updatedAt = try fields.date("updatedAt")
        expiresAt = try fields.date("expiresAt")
        metadata = try fields.metadata("metadata")
        lastEvent = try fields.object("lastEvent").map { try LoggedEvent($0) }
    }
}
