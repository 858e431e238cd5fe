package import NIOCore

/// A frame of an event stream (WHATWG HTML §9.2), made once and shared by all who get it.
///
/// It lies in memory as the chunk that carries it over HTTP/1.1 (RFC 9112 §7.1): the same bytes go to every follower's
/// channel. HTTP/2 takes the frame out of the middle of it, which copies nothing.
package struct EventFrame: Sendable, Equatable {
    /// The frame as one chunk: `<size>\r\n<text>\r\n`.
    package let chunk: ByteBuffer
    /// Bytes of the text.
    private let size: Int

    /// The frame without any framing.
    package var text: ByteBuffer {
        chunk.getSlice(at: chunk.writerIndex - size - 2, length: size) ?? ByteBuffer()
    }

    /// - Parameters:
    ///   - event: its name; nil: none, so that it is a plain message.
    ///   - id: what `Last-Event-ID` will say, in plain ASCII; nil: it stays what it was.
    ///   - data: one line.
    package init(event: String?, id: String? = nil, data: some Collection<UInt8>) {
        let idSize = id.map { $0.utf8.count + 5 } ?? 0
        let eventSize = event.map { $0.utf8.count + 8 } ?? 0
        self.init(size: idSize + eventSize + data.count + 8) { chunk in
            if let id {
                chunk.writeStaticString("id: ")
                chunk.writeString(id)
                chunk.writeStaticString("\n")
            }
            if let event {
                chunk.writeStaticString("event: ")
                chunk.writeString(event)
                chunk.writeStaticString("\n")
            }
            chunk.writeStaticString("data: ")
            chunk.writeBytes(data)
            chunk.writeStaticString("\n\n")
        }
    }

    /// A line that is no event.
    private init(line: String) {
        self.init(size: line.utf8.count + 2) { chunk in
            chunk.writeString(line)
            chunk.writeStaticString("\n\n")
        }
    }

    private init(size: Int, _ write: (inout ByteBuffer) -> Void) {
        var chunk = ByteBuffer()
        chunk.reserveCapacity(size + 12)
        chunk.writeString(String(size, radix: 16))
        chunk.writeStaticString("\r\n")
        write(&chunk)
        chunk.writeStaticString("\r\n")
        self.chunk = chunk
        self.size = size
    }

    /// How long a client that lost its stream waits before it comes back: `retry: 2000`.
    package static func retry(milliseconds: Int) -> EventFrame { EventFrame(line: "retry: \(milliseconds)") }

    package static let heartbeat = EventFrame(line: ": heartbeat")
}
