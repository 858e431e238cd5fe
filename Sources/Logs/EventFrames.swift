import LarderModel
import NIOCore

/// Frames of an event stream (WHATWG HTML §9.2), each already wrapped as one HTTP/1.1 chunk (RFC 9112 §7.1): they are
/// made once and the same bytes go to every follower. Written by hand for speed; a test reads them back with an
/// independent parser.
package enum EventFrames {
    /// `retry: 2000`, or another time in milliseconds.
    package static func retry(milliseconds: Int) -> ByteBuffer { chunk("retry: \(milliseconds)\n\n") }

    package static let heartbeat = chunk(": heartbeat\n\n")

    /// - Parameters:
    ///   - event: its name.
    ///   - id: what `Last-Event-ID` will say; digits only.
    ///   - data: one line.
    package static func frame(event: String, id: Int64? = nil, data: [UInt8]) -> ByteBuffer {
        var text = ByteBuffer()
        text.reserveCapacity(data.count + 64)
        if let id { text.writeString("id: \(id)\n") }
        text.writeString("event: \(event)\ndata: ")
        text.writeBytes(data)
        text.writeString("\n\n")
        return chunk(text)
    }

    package static func progress(_ event: LogEvent) -> ByteBuffer {
        frame(event: "progress", id: event.sequence, data: event.json)
    }

    package static func connected(_ run: RunName, state: RunState, last: Int64) -> ByteBuffer {
        frame(event: "connected", data: ids(run) + Array(#","state":"\#(state.rawValue)","last":\#(last)}"#.utf8))
    }

    package static func gap(after: Int64, first: Int64) -> ByteBuffer {
        frame(event: "gap", data: Array(#"{"after":\#(after),"first":\#(first)}"#.utf8))
    }

    package static func complete(_ run: RunName, _ state: RunState) -> ByteBuffer {
        frame(event: "complete", data: ids(run) + Array(#","status":"\#(state.rawValue)"}"#.utf8))
    }

    /// An event on a stream of many runs; the ID is its position.
    package static func wrapped(_ run: RunName, _ event: LogEvent) -> ByteBuffer {
        frame(
            event: "progress", id: event.position,
            data: ids(run) + Array(#","seq":\#(event.sequence),"event":"#.utf8) + event.json + [UInt8(ascii: "}")])
    }

    /// `{"projectId":…,"runId":…`, without the closing brace.
    private static func ids(_ run: RunName) -> [UInt8] {
        var out = Array(#"{"projectId":"#.utf8)
        JSONText.appendQuoted(run.project.utf8, to: &out)
        out.append(contentsOf: #","runId":"#.utf8)
        JSONText.appendQuoted(run.run.utf8, to: &out)
        return out
    }

    private static func chunk(_ text: String) -> ByteBuffer { chunk(ByteBuffer(string: text)) }

    private static func chunk(_ text: ByteBuffer) -> ByteBuffer {
        var text = text
        var out = ByteBuffer()
        out.reserveCapacity(text.readableBytes + 12)
        out.writeString(String(text.readableBytes, radix: 16) + "\r\n")
        out.writeBuffer(&text)
        out.writeString("\r\n")
        return out
    }
}
