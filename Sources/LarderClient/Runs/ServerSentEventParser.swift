/// An event of an event stream, as it was dispatched.
struct ServerSentEvent: Sendable, Equatable {
    /// `message` when the stream named none.
    var type: String
    /// The lines of data joined by LF.
    var data: [UInt8]
    /// The last `id` up to here; empty when there was none.
    var lastEventID: String
}

/// Reads an event stream (WHATWG HTML §9.2.6) byte by byte, in whatever pieces it comes.
///
/// An event that no blank line ended is dropped with the parser, as the standard asks.
struct ServerSentEventParser: Sendable {
    /// Bytes of one line, and of one event's data; more is not ours. The contract's events are at most 64 KB.
    static let maxBytes = 4 * 1024 * 1024

    /// The last `id`, which a reconnection must send. An event's id counts once the event is complete.
    private(set) var lastEventID: String
    /// What `retry:` asked for, in milliseconds; nil until it did.
    private(set) var retryMilliseconds: Int64?

    private var idBuffer: String
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var type = ""
    private var afterCR = false
    /// Bytes of a BOM seen at the very start; nil once the start is over.
    private var bom: Int? = 0

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// - Parameter lastEventID: from the connection before, so that it isn't forgotten.
    init(lastEventID: String = "") {
        self.lastEventID = lastEventID
        self.idBuffer = lastEventID
    }

    /// A parser for the next connection, which remembers the id and `retry`.
    func forNextConnection() -> ServerSentEventParser {
        var next = ServerSentEventParser(lastEventID: lastEventID)
        next.retryMilliseconds = retryMilliseconds
        return next
    }

    /// Takes the next bytes.
    /// - Returns: the events that they complete.
    /// - Throws: ``LarderClientError`` `invalidResponse` when a line or an event exceeds ``maxBytes``.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            if let seen = bom {
                if byte == Self.byteOrderMark[seen] {
                    bom = seen == 2 ? nil : seen + 1
                    continue
                }
                line += Self.byteOrderMark[..<seen]
                bom = nil
            }
            let isSecondHalf = afterCR && byte == UInt8(ascii: "\n")
            afterCR = byte == UInt8(ascii: "\r")
            if isSecondHalf { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = endLine() { events.append(event) }
            } else {
                line.append(byte)
            }
            guard line.count <= Self.maxBytes, data.count <= Self.maxBytes else {
                throw LarderClientError(
                    .invalidResponse, "The event stream holds an event over \(Self.maxBytes) bytes.")
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return dispatch() }
        guard line[0] != UInt8(ascii: ":") else { return nil }  // a comment: heartbeats are such
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        field(String(decoding: line[..<colon], as: UTF8.self), value)
        return nil
    }

    private mutating func field(_ name: String, _ value: ArraySlice<UInt8>) {
        switch name {
        case "event": type = String(decoding: value, as: UTF8.self)
        case "data":
            data += value
            data.append(UInt8(ascii: "\n"))
        case "id": if !value.contains(0) { idBuffer = String(decoding: value, as: UTF8.self) }
        case "retry":
            let isNumber = !value.isEmpty && value.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            if isNumber, let number = Int64(String(decoding: value, as: UTF8.self)) { retryMilliseconds = number }
        default: break
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        lastEventID = idBuffer
        defer {
            data.removeAll(keepingCapacity: true)
            type = ""
        }
        guard !data.isEmpty else { return nil }
        return ServerSentEvent(
            type: type.isEmpty ? "message" : type, data: Array(data.dropLast()), lastEventID: lastEventID)
    }
}
