package import LarderModel
package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Cuts a body of `multipart/form-data` (RFC 7578, framed by RFC 2046 §5.1.1) into its parts, as it comes. A pure
/// machine: it is fed pieces, however they are cut, and gives what is in them; it keeps no more than a part's head or a
/// boundary that may be about to begin.
///
///     --BOUNDARY CRLF
///     Content-Disposition: form-data; name="value" CRLF
///     CRLF
///     content CRLF
///     --BOUNDARY-- CRLF
package struct MultipartParser {
    package enum Event: Equatable {
        /// A part begins.
        case part(MultipartHead)
        /// Some of its content; never empty.
        case content(ByteBuffer)
        case endOfPart
        /// The last part has ended; what follows means nothing.
        case end
    }

    private enum State {
        /// Before the first boundary: nothing of it counts.
        case preamble
        /// Right behind a boundary.
        case boundary
        case head
        case content
        case epilogue
    }

    /// Bytes of one part's head.
    package static let headMax = 8 << 10
    /// Characters of a boundary (RFC 2046 §5.1.1).
    package static let boundaryMax = 70
    /// Blanks that may stand behind a boundary.
    private static let paddingMax = 100

    private let delimiter: [UInt8]
    private var state = State.preamble
    /// As if a line had ended before the body: the first boundary needs none.
    private var pending = ByteBuffer(string: "\r\n")

    /// - Parameter boundary: as the body's content type says it; 1–70 characters.
    package init(boundary: String) { delimiter = Array("\r\n--\(boundary)".utf8) }

    /// Adds what came.
    package mutating func feed(_ piece: ByteBuffer) {
        guard state != .epilogue else { return }
        var piece = piece
        if pending.readableBytes == 0 { pending = piece } else { pending.writeBuffer(&piece) }
        pending.discardReadBytes()
    }

    /// What comes next; nil: more has to be fed first.
    /// - Throws: `LarderError` `.malformedRequest`.
    package mutating func next() throws(LarderError) -> Event? {
        while true {
            switch state {
            case .epilogue: return nil
            case .preamble:
                guard passDelimiter() else { return nil }
                state = .boundary
            case .boundary:
                guard let isLast = try passLineEnd() else { return nil }
                state = isLast ? .epilogue : .head
                if isLast { return .end }
            case .head:
                guard let head = try readHead() else { return nil }
                state = .content
                return .part(head)
            case .content:
                if let content = readContent() { return .content(content) }
                guard startsWithDelimiter else { return nil }
                pending.moveReaderIndex(forwardBy: delimiter.count)
                state = .boundary
                return .endOfPart
            }
        }
    }

    /// The body is over.
    /// - Throws: `LarderError` `.malformedRequest` when its last boundary did not come.
    package func finish() throws(LarderError) {
        guard state == .epilogue else { throw Self.malformed("it ends before its last boundary") }
    }

    // MARK: Boundaries

    /// Where the delimiter, or what may become one, begins; the end where there is none.
    private var delimiterStart: Int {
        pending.withUnsafeReadableBytes { bytes in
            var at = 0
            while let base = bytes.baseAddress, at < bytes.count,
                let found = memchr(base + at, Int32(delimiter[0]), bytes.count - at)
            {
                let place = base.distance(to: UnsafeRawPointer(found))
                let length = min(delimiter.count, bytes.count - place)
                if bytes[place..<(place + length)].elementsEqual(delimiter[..<length]) { return place }
                at = place + 1
            }
            return bytes.count
        }
    }

    private var startsWithDelimiter: Bool {
        pending.readableBytes >= delimiter.count && pending.readableBytesView.starts(with: delimiter)
    }

    private mutating func passDelimiter() -> Bool {
        pending.moveReaderIndex(forwardBy: delimiterStart)
        guard startsWithDelimiter else { return false }
        pending.moveReaderIndex(forwardBy: delimiter.count)
        return true
    }

    private mutating func readContent() -> ByteBuffer? {
        let length = delimiterStart
        return length > 0 ? pending.readSlice(length: length) : nil
    }

    /// - Returns: whether it was the last boundary; nil: that is not known yet.
    private mutating func passLineEnd() throws(LarderError) -> Bool? {
        let bytes = pending.readableBytesView
        if bytes.starts(with: "--".utf8) { return true }
        let line = bytes.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let padding = bytes.count - line.count
        guard padding <= Self.paddingMax else { throw Self.malformed("blanks follow a boundary") }
        if line.starts(with: "\r\n".utf8) {
            pending.moveReaderIndex(forwardBy: padding + 2)
            return false
        }
        let isPossible =
            line.isEmpty || line.elementsEqual("\r".utf8) || padding == 0 && line.elementsEqual("-".utf8)
        guard isPossible else { throw Self.malformed("something follows a boundary on its line") }
        return nil
    }

    // MARK: Heads

    private mutating func readHead() throws(LarderError) -> MultipartHead? {
        let bytes = Array(pending.readableBytesView.prefix(Self.headMax))
        let end: Int
        if bytes.starts(with: "\r\n".utf8) {
            end = -2
        } else if let found = Self.emptyLine(in: bytes) {
            end = found
        } else {
            guard bytes.count < Self.headMax else { throw Self.malformed("the head of a part is too long") }
            return nil
        }
        pending.moveReaderIndex(forwardBy: end + 4)
        return try MultipartHead(lines: bytes.prefix(max(end, 0)))
    }

    /// Where a line ends that an empty one follows.
    private static func emptyLine(in bytes: [UInt8]) -> Int? {
        let ending = Array("\r\n\r\n".utf8)
        guard bytes.count >= ending.count else { return nil }
        return (0...(bytes.count - ending.count)).first { bytes[$0..<($0 + ending.count)].elementsEqual(ending) }
    }

    static func malformed(_ problem: String) -> LarderError {
        LarderError(.malformedRequest, "The body must be multipart/form-data, but \(problem); nothing was stored.")
    }
}
