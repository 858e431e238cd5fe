/// Events of a log, and what is known of it beside them.
public struct LogPage: Sendable, Hashable {
    /// The store.
    public var store: String
    /// The log's key.
    public var key: String
    /// Sequence number of the oldest event that is kept; `last + 1` or 0 when none is.
    public var first: Int64
    /// Sequence number of the newest event; 0 when there never was one.
    public var last: Int64
    /// Events that are kept, whatever the page holds.
    public var count: Int64
    /// Events that the log's limits took away.
    public var dropped: Int64
    /// Changes with every event that is added or forgotten; ``WriteCondition/ifMatch(_:)`` takes it.
    public var etag: String
    /// What was said of the log: a title, a persona, a summary; empty when nothing was.
    public var metadata: EntryMetadata
    /// The events asked for, oldest first.
    public var events: [LoggedEvent]
    /// Where newer events go on, for ``LogPart/after(_:)``; nil: nothing is left.
    public var next: Int64?
    /// Where older events go on, for ``LogPart/before(_:)``; nil: nothing is left.
    public var previous: Int64?

    /// Reads `{"store","key","first","last","count","dropped","etag","metadata","events":[…],"next"?,"previous"?}`.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    init(answer: [UInt8]) throws {
        let fields = try AnswerFields(answer)
        store = try fields.string("store") ?? ""
        key = try fields.string("key") ?? ""
        first = try fields.optionalInteger("first") ?? 0
        last = try fields.optionalInteger("last") ?? 0
        count = try fields.integer("count")
        dropped = try fields.optionalInteger("dropped") ?? 0
        etag = try fields.string("etag") ?? ""
        metadata = try fields.metadata("metadata")
        events = try fields.items("events").map { try LoggedEvent($0) }
        next = try fields.optionalInteger("next")
        previous = try fields.optionalInteger("previous")
    }
}
