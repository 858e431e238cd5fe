import BlobStore
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// The answer to a GET or HEAD of an entry, the same on every face: conditions (RFC 9110 §13), ranges (§14), content
/// coding (§8.4).
enum EntryAnswer {
    /// Fields of an answer, in most cases; with the connection's.
    private static let fieldsMax = 24

    /// - Parameters:
    ///   - now: when the entry was looked up, or a little before.
    ///   - exposure: by what right it is shown.
    ///   - addFields: adds the face's own fields, on 200, 206 and 304 alike.
    static func make(
        _ content: EntryContent, for request: RequestHead, now: Timestamp, _ exposure: Exposure = .token,
        addFields: (inout HTTPHeaders) -> Void
    ) throws -> Answer {
        let entry = content.entry
        var headers = HTTPHeaders()
        headers.reserveCapacity(Self.fieldsMax)
        EntryHeaders.add(entry, to: &headers)
        exposure.addFields(to: &headers)
        addFields(&headers)
        switch request.preconditions().evaluateRead(etag: entry.etag, modifiedAt: entry.modifiedAt) {
        case .notModified: return Answer(.notModified, headers: headers)
        case .failed:
            throw LarderError(.preconditionFailed, "The entry is not the one that the request's conditions ask for.")
        case .proceed: break
        }
        let answer = try body(content, for: request, headers, now: now)
        return request.method == .HEAD ? answer.withoutBody : answer
    }

    private static func body(
        _ content: EntryContent, for request: RequestHead, _ headers: HTTPHeaders, now: Timestamp
    ) throws -> Answer {
        let entry = content.entry
        var headers = headers
        // A range is of the plain content: byte offsets into gzip mean nothing to a client. HEAD has no ranges (RFC
        // 9110 §14.2).
        let asked = request.method == .GET && rangeStillHolds(entry, request, now) ? request.field("range") : nil
        switch ByteRange.resolve(asked, size: entry.size) {
        case .whole: break
        case .unsatisfiable:
            var answer = Answer.error(
                LarderError(.rangeNotSatisfiable, "The range lies outside the content, which has \(entry.size) bytes."))
            answer.headers.add(name: "content-range", value: "bytes */\(entry.size)")
            return answer
        case .ranges(let ranges): return try partial(content, ranges, headers)
        }
        if entry.encoding == .gzip, request.acceptsGzip {
            headers.add(name: "content-encoding", value: "gzip")
            return try whole(content, .stored, headers)
        }
        return try whole(content, .plain, headers)
    }

    /// `If-Range` (RFC 9110 §13.1.5): a range is only good for the content, in the form, that it was meant for.
    private static func rangeStillHolds(_ entry: Entry, _ request: RequestHead, _ now: Timestamp) -> Bool {
        guard let validator = request.field("if-range") else { return true }
        // The first part came as gzip, in which offsets are others; both forms have one ETag.
        if entry.encoding == .gzip, request.acceptsGzip { return false }
        if validator.hasPrefix("\"") { return ETag(quoted: validator) == entry.etag }
        // A date tells one content from another only where none was replaced in its second, and none can be any more.
        guard entry.createdAt == entry.modifiedAt, now.wholeSeconds > entry.modifiedAt.wholeSeconds else {
            return false
        }
        return Timestamp(httpDate: validator)?.wholeSeconds == entry.modifiedAt.wholeSeconds
    }

    private static func whole(_ content: EntryContent, _ form: Form, _ headers: HTTPHeaders) throws -> Answer {
        let size = form == .plain ? content.entry.size : content.entry.storedSize
        // What is inflated and large is so whole, to be counted with the answer.
        let isAtHand = form == .stored || content.entry.encoding == .identity || size > Answer.pieceSize
        if let bytes = isAtHand ? try form == .stored ? content.storedBytes : content.plainBytes() : nil {
            var answer = Answer(.ok, headers: headers, body: .bytes(bytes))
            answer.holding = content.holding
            return answer
        }
        return Answer(
            .ok, headers: headers, body: .parts([.content { try content.reader(form, range: 0..<size) }], length: size))
    }

    private static func partial(_ content: EntryContent, _ ranges: [Range<Int64>], _ headers: HTTPHeaders) throws
        -> Answer
    {
        let size = content.entry.size
        var headers = headers
        if ranges.count == 1, let range = ranges.first {
            headers.add(name: "content-range", value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
            return Answer(
                .partialContent, headers: headers,
                body: .parts([.content { try content.reader(.plain, range: range) }], length: Int64(range.count)))
        }
        // multipart/byteranges (RFC 9110 §14.6); the boundary is random, so that content can't hold it but by accident
        // of 2^-128.
        let boundary = (0..<16).map { _ in UInt8.random(in: .min ... .max) }.hex
        var parts: [Answer.Part] = []
        var length: Int64 = 0
        for range in ranges {
            let lead =
                "\r\n--\(boundary)\r\nContent-Type: \(ErrorTable.headerText(content.entry.contentType))\r\n"
                + "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)\r\n\r\n"
            parts.append(.bytes(ByteBuffer(string: lead)))
            parts.append(.content { try content.reader(.plain, range: range) })
            length += Int64(lead.utf8.count) + Int64(range.count)
        }
        let end = "\r\n--\(boundary)--\r\n"
        parts.append(.bytes(ByteBuffer(string: end)))
        headers.replaceOrAdd(name: "content-type", value: "multipart/byteranges; boundary=\(boundary)")
        return Answer(.partialContent, headers: headers, body: .parts(parts, length: length + Int64(end.utf8.count)))
    }

    private typealias Form = EntryContent.Form
}
