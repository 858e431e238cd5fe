public import FoundationEssentials
import NIOCore

/// An event of a run, with its place in the log.
public struct LoggedEvent: Sendable, Hashable {
    /// From 1, without gaps, never used twice for a run.
    public var seq: Int64
    /// When the server took it; nil in a live stream, which doesn't say.
    public var receivedAt: Date?
    /// The event byte for byte as it was sent: a JSON object.
    public var json: [UInt8]

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
