import NIOCore
import NIOHTTP1

/// A reader of Server-Sent Events, frame by frame as they come (WHATWG HTML §9.2.6).
final class EventStream {
    /// What one blank line ends. A comment or a lone `retry:` is a frame too, without data.
    struct Frame: Sendable, Equatable, CustomStringConvertible {
        var id: String?
        var event: String?
        /// Several `data:` lines joined by LF; nil when there was none.
        var data: String?
        var retry: String?
        var comments: [String] = []

        var json: JSON { get throws { try JSON(data ?? "") } }
        var description: String {
            "id:\(id ?? "-") event:\(event ?? "-") data:\(data?.prefix(200) ?? "-") retry:\(retry ?? "-")"
        }
    }

    let head: Reply
    private let connection: WireConnection
    private var line: [UInt8] = []
    private var sawCR = false
    private var frame = Frame()
    private var isBlank = true
    private var ready: [Frame] = []

    fileprivate init(head: Reply, connection: WireConnection) {
        self.head = head
        self.connection = connection
    }

    /// The next frame; nil when the server ended the answer. A frame without its blank line is dropped, as a browser
    /// does.
    func next() async throws -> Frame? {
        while ready.isEmpty {
            guard let buffer = try await connection.next() else { return nil }
            for byte in buffer.readableBytesView { take(byte) }
        }
        return ready.removeFirst()
    }

    /// The next frame that is more than a comment or `retry`.
    func nextEvent() async throws -> Frame? {
        while let frame = try await next() {
            if frame.data != nil || frame.event != nil { return frame }
        }
        return nil
    }

    /// All frames up to the end of the answer.
    func rest() async throws -> [Frame] {
        var frames: [Frame] = []
        while let frame = try await next() { frames.append(frame) }
        return frames
    }

    private func take(_ byte: UInt8) {
        if sawCR, byte == UInt8(ascii: "\n") {
            sawCR = false
            return
        }
        sawCR = byte == UInt8(ascii: "\r")
        guard sawCR || byte == UInt8(ascii: "\n") else {
            line.append(byte)
            return
        }
        take(line: String(decoding: line, as: UTF8.self))
        line = []
    }

    private func take(line: String) {
        guard !line.isEmpty else {
            if !isBlank { ready.append(frame) }
            frame = Frame()
            isBlank = true
            return
        }
        isBlank = false
        let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        let name = line[..<colon]
        var value = colon == line.endIndex ? "" : line[line.utf8.index(after: colon)...]
        if value.utf8.first == UInt8(ascii: " ") { value = value[value.utf8.index(after: value.startIndex)...] }
        switch name {
        case "": frame.comments.append(String(value))
        case "id": frame.id = String(value)
        case "event": frame.event = String(value)
        case "data": frame.data = frame.data.map { $0 + "\n" + value } ?? String(value)
        case "retry": frame.retry = String(value)
        default: break
        }
    }
}

extension LarderProcess {
    /// Follows a stream; the connection is closed when `body` returns.
    func follow<Result: Sendable>(
        _ target: String, _ headers: KeyValuePairs<String, String> = [:], as credential: Credential = .admin,
        within limit: Duration = .seconds(30),
        _ body: @escaping @Sendable (EventStream) async throws -> Result
    ) async throws -> Result {
        var request = try request(.GET, target, headers, as: credential)
        if !request.headers.contains(name: "accept") { request.headers.add(name: "accept", value: "text/event-stream") }
        let port = try port
        return try await within_(limit, "the stream \(target)") { [request] in
            try await Wire.connect(to: port) { connection in
                let head = try await connection.open(request)
                return try await body(EventStream(head: head, connection: connection))
            }
        }
    }

    private func within_<Result: Sendable>(
        _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws
        -> Result
    {
        try await within(limit, what, body)
    }
}
