import BlobStore
import EventStreams
import LarderHTTP
import LarderModel
import LearningMemory
import Logs
import NIOCore

/// A memory's document as an event stream (WHATWG HTML §9.2), whole each time it changes, at most a quarter of a second
/// after the change; of several changes within that time only the last is sent.
///
///     event: connected
///     data: {"projectId":"p"}
///
///     id: 0f3c…                       the document's ETag
///     event: memory
///     data: {"user_preferences":…}
///
/// `Last-Event-ID` keeps a follower that comes back from getting the document it has. The stream ends when the server
/// goes down or the follower's token is revoked.
enum MemoryStream {
    /// Documents up to this size are sent; they are far smaller.
    private static let documentMax = 1 << 20

    static func follow(_ name: MemoryName, _ call: Call) throws(LarderError) -> Handling {
        let place = try name.entry()
        let known = call.request.field("last-event-id")
        let server = call.server
        return call.follow { stream, fields in
            LatestStream<String>(
                .entry(place), hub: server.entries.logs.hub, logger: server.logger, fields: fields, known: known,
                opening: [connected(name)], stream: stream
            ) { seen in try await look(at: name, place, seen, server) }
        }
    }

    private static func connected(_ name: MemoryName) -> EventFrame {
        var json = JSONWriter()
        json.object { $0.field("projectId", name.project) }
        return EventFrame(event: "connected", data: json.bytes)
    }

    /// - Parameter seen: the ETag of the document that the client has; empty: it has the one of a project about which
    ///   nothing is known, which has no ID.
    private static func look(
        at name: MemoryName, _ place: EntryName, _ seen: String?, _ server: ServerContext
    ) async throws -> LatestStream<String>.Found {
        let content = try await server.memory.document(name)
        let tag = content?.entry.etag.bytes.hex ?? ""
        guard tag != seen else { return .init(state: tag, frame: nil, isLast: false) }
        let size = content?.entry.size ?? 0
        let shared = try await server.frames.frame(.init(name: place, version: tag), size: Int(size)) {
            var document = MemoryService.emptyDocument
            if let content { document = try await content.collect(limit: documentMax) }
            return EventFrame(event: "memory", id: tag.isEmpty ? nil : tag, data: JSONText.onOneLine(document[...]))
        }
        return .init(state: tag, frame: shared.frame, isLast: false, holding: shared)
    }
}
