public import FoundationEssentials
import NIOCore

/// An event of a log, with its place there.
public struct LoggedEvent: Sendable, Hashable {
    /// From 1, never used twice for a log. Events that were forgotten leave holes.
    public var seq: Int64
    /// The event's own time where it has a valid one, else ``receivedAt``; nil in a live stream and for a run, which
    /// don't say.
    public var at: Date?
    /// When the server took it; nil in a live stream, which doesn't say.
    public var receivedAt: Date?
    /// The event byte for byte as it was sent: a JSON object.
    public var json: [UInt8]

    init(seq: Int64, at: Date? = nil, receivedAt: Date? = nil, json: [UInt8]) {
        self.seq = seq
        self.at = at
        self.receivedAt = receivedAt
        self.json = json
    }

    /// Reads `{"seq","at"?,"receivedAt","event"}`.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    init(_ fields: AnswerFields) throws {
        self.init(
            seq: try fields.integer("seq"), at: try fields.date("at"), receivedAt: try fields.date("receivedAt"),
            json: try fields.raw("event"))
    }

    /// The event as a value.
    /// - Throws: ``LarderClientError`` `notJSON` when it isn't such a value.
    public func decode<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        do { return try ClientJSON.decode(type, from: ByteBuffer(bytes: json)) } catch let error as LarderClientError {
            throw LarderClientError(.notJSON, "Event \(seq) is not \(type): \(error.message)")
        }
    }

    /// Its customary fields. Half of a surrogate pair shows as U+FFFD.
    public var fields: JSONObject { (try? JSONValue(parsing: json))?.object ?? [:] }
}
