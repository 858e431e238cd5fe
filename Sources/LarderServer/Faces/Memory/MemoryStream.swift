import BlobStore
import LarderHTTP
import LarderModel
import LearningMemory
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// A memory's document as an event stream (WHATWG HTML §9.2), whole each time it changes, at most ``pollInterval``
/// after the change; of several changes within that time only the last is sent.
///
///     retry: 2000
///     event: connected
///     data: {"projectId":"p"}
///
///     id: 0f3c…                       the document's ETag
///     event: memory
///     data: {"user_preferences":…}
///
/// `Last-Event-ID` keeps a follower that comes back from getting the document it has. The stream ends when the server
/// goes down or the follower's token is revoked.
struct MemoryStream {
    let context: ServerContext

    /// A look into the cache of entries: the document is there while it is looked at.
    private static let pollInterval = Duration.milliseconds(250)
    /// Also what finds a client that has left.
    private static let heartbeatAfter = Duration.seconds(5)

    private struct State {
        var isOpened = false
        /// The ETag of the document that the follower has.
        var seen: String?
        var sentAt = ContinuousClock.now
    }

    private final class Box: Sendable {
        let state: Mutex<State>
        init(seen: String?) { state = Mutex(State(seen: seen)) }
    }

    func answer(_ name: MemoryName, _ call: Call) throws -> Answer {
        let place = try name.entry()
        let box = Box(seen: call.request.field("last-event-id"))
        let headers: HTTPHeaders = [
            "content-type": "text/event-stream", "cache-control": "no-store, no-transform", "x-accel-buffering": "no",
            "x-content-type-options": "nosniff", "transfer-encoding": "chunked",
        ]
        return Answer(
            .ok, headers: headers,
            body: .stream { try await next(name, place, box) { call.isStillAllowed } })
    }

    /// The next frame; nil at the stream's end.
    private func next(_ name: MemoryName, _ place: EntryName, _ box: Box, _ isAllowed: () -> Bool) async throws
        -> ByteBuffer?
    {
        if let opening = opening(name, box) { return opening }
        while true {
            guard isAllowed(), !Task.isShuttingDownGracefully else { return nil }
            if let frame = try await news(name, place, box) { return frame }
            if box.state.withLock({ ContinuousClock.now - $0.sentAt >= Self.heartbeatAfter }) {
                box.state.withLock { $0.sentAt = .now }
                return ByteBuffer(string: ": heartbeat\n\n")
            }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    private func opening(_ name: MemoryName, _ box: Box) -> ByteBuffer? {
        let isFirst = box.state.withLock { state in
            defer { state.isOpened = true }
            return !state.isOpened
        }
        guard isFirst else { return nil }
        var frame = Array("retry: 2000\nevent: connected\ndata: {\"projectId\":".utf8)
        JSONText.appendQuoted(name.project.utf8, to: &frame)
        return ByteBuffer(bytes: frame + Array("}\n\n".utf8))
    }

    /// The document, unless the follower has it. Of a project about which nothing is known, an empty one without an ID.
    private func news(_ name: MemoryName, _ place: EntryName, _ box: Box) async throws -> ByteBuffer? {
        let entry = try await context.store.entry(place)
        let tag = entry.map(\.etag.bytes.hex) ?? ""
        guard box.state.withLock({ $0.seen }) != tag else { return nil }
        var document = MemoryService.emptyDocument, id = tag
        if let content = try await context.memory.document(name) {
            document = Array(try await content.collect(limit: 1 << 20).readableBytesView)
            id = content.entry.etag.bytes.hex
        }
        box.state.withLock { state in
            state.seen = id
            state.sentAt = .now
        }
        var frame = ByteBuffer(string: (id.isEmpty ? "" : "id: \(id)\n") + "event: memory\ndata: ")
        frame.writeBytes(JSONText.onOneLine(document[...]))
        frame.writeString("\n\n")
        return frame
    }
}
