import NIOCore
import NIOHTTP1

extension HTTPResponseHead {
    /// Appends the head as the text of HTTP/1.1 (RFC 9112 §4), as it stands.
    /// - Returns: false when it is of another version, or a field would not be one line: nothing was appended.
    func write(to out: inout ByteBuffer) -> Bool {
        guard version == .http1_1 else { return false }
        let status = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
        let size = headers.reduce(status.utf8.count + 2) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        var isClean = true
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            var text = HeadText(room: room)
            text.append(status)
            for (name, value) in headers {
                text.append(name: name)
                text.append(": ")
                text.append(value: value)
                text.append("\r\n")
            }
            text.append("\r\n")
            isClean = text.isClean
            return isClean ? text.end : 0
        }
        return isClean
    }
}

/// Text as it is put together. A field that could be read as two leaves it unclean.
private struct HeadText {
    let room: UnsafeMutableRawBufferPointer
    private(set) var end = 0
    private var fault: UInt8 = 0

    init(room: UnsafeMutableRawBufferPointer) { self.room = room }

    var isClean: Bool { fault == 0 }

    mutating func append(_ text: String) { copy(text) { _ in 0 } }

    /// Visible ASCII without a colon. Not all of it is a token: names are ours, and this keeps a line one line.
    mutating func append(name: String) {
        if name.isEmpty { fault = 1 }
        copy(name) { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") ? 0 : 1 }
    }

    /// No control characters but tabs (RFC 9110 §5.5).
    mutating func append(value: String) { copy(value) { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 ? 0 : 1 } }

    /// - Parameter check: 1 for a byte that may not be there. All bytes are looked at, without a branch: the compiler
    ///   then looks at many at once.
    @inline(__always)
    private mutating func copy(_ text: String, _ check: (UInt8) -> UInt8) {
        var text = text
        text.withUTF8 { bytes in
            UnsafeMutableRawBufferPointer(rebasing: room[end...]).copyBytes(from: bytes)
            for byte in bytes { fault |= check(byte) }
            end += bytes.count
        }
    }
}
