import LarderModel
import NIOHTTP1

/// What the head of every request has to be, whatever it asks for: judged once, for HTTP/1 and HTTP/2 alike, before
/// anybody looks at what it wants. Pure.
///
/// A field that changes what a request means is read as it stands or refused; none is passed over. `Last-Event-ID` is
/// never refused: an answer other than 200 ends a browser's stream for good.
struct HeadCheck: Sendable {
    private let limits: ServerLimits

    init(_ limits: ServerLimits) { self.limits = limits }

    /// What is wrong with the head; nil: nothing is. The connection can't go on behind it, for nobody knows where the
    /// request ends.
    func fault(in request: RequestHead) -> LarderError? {
        do throws(LarderError) {
            let hosts = try checkFields(request.headers)
            try checkTarget(request)
            try checkHost(request, hosts)
            try checkBody(request)
            return nil
        } catch { return error }
    }

    // MARK: Fields

    /// The refusal of fields that are too long or too many.
    static func tooLarge(_ limits: ServerLimits) -> LarderError {
        LarderError(
            .headersTooLarge,
            "The header fields are too large: one may have \(limits.headerField), all \(limits.headerList), and there "
                + "may be \(limits.headerCount).",
            limit: .header)
    }

    /// - Returns: how many `Host` fields there are.
    private func checkFields(_ headers: HTTPHeaders) throws(LarderError) -> Int {
        guard headers.count <= limits.headerCount else { throw Self.tooLarge(limits) }
        var size = 0, hosts = 0
        var seen: UInt64 = 0
        for (name, value) in headers {
            let fieldSize = name.utf8.count + value.utf8.count
            size += fieldSize
            guard fieldSize <= limits.headerField.bytes, size <= limits.headerList.bytes else {
                throw Self.tooLarge(limits)
            }
            guard let field = KnownField.find(name) else { continue }
            if field.isText, value.holdsReplacement { throw Self.notText("The field \(field.name)") }
            if field.isHost { hosts += 1 }
            guard field.isSingle else { continue }
            guard seen & field.bit == 0 else {
                throw LarderError(.malformedRequest, "The field \(field.name) comes twice; send it once.")
            }
            seen |= field.bit
        }
        return hosts
    }

    private static func notText(_ what: String) -> LarderError {
        LarderError(
            .malformedRequest,
            "\(what) is not UTF-8, or holds U+FFFD, which can't be told from it here. Write other characters as \\u "
                + "escapes where it is JSON, percent-encoded where it is a target, or as UTF-8.")
    }

    private func checkTarget(_ request: RequestHead) throws(LarderError) {
        guard !request.path.holdsReplacement, !request.query.holdsReplacement else {
            throw Self.notText("The request target")
        }
    }

    /// RFC 9112 §3.2. What it says goes into URLs.
    private func checkHost(_ request: RequestHead, _ count: Int) throws(LarderError) {
        guard count == 1 || request.version != .http1_1 else {
            throw LarderError(.malformedRequest, "A request of HTTP/1.1 has one Host field.")
        }
        guard request.headers.first(name: "host")?.utf8.allSatisfy(Self.isOfHost) ?? true else {
            throw LarderError(.malformedRequest, "The field Host is a name or an address, and perhaps a port.")
        }
    }

    /// `uri-host [":" port]` without the comma, which joins two fields (RFC 3986 §3.2.2).
    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~%!$&'()*+;=:[]".utf8.contains(byte)
        }
    }

    // MARK: The body

    private func checkBody(_ request: RequestHead) throws(LarderError) {
        let isCoded = request.headers.contains(name: "transfer-encoding")
        if isCoded { try checkCoding(request) }
        switch request.method {
        case .PUT, .POST, .PATCH: break
        default: return
        }
        guard !request.headers.contains(name: "content-range") else {
            throw LarderError(
                .malformedRequest,
                "Content-Range: a part of the content can't be written, only the whole (RFC 9110 §14.5). "
                    + "Nothing was stored.")
        }
        // The end of a connection is no end of a body: it may have been cut off.
        guard request.isModern || isCoded || request.headers.contains(name: "content-length") else {
            throw LarderError(.lengthRequired, "A body over HTTP/1.0 has a Content-Length. Nothing was stored.")
        }
    }

    /// RFC 9112 §6.1.
    private func checkCoding(_ request: RequestHead) throws(LarderError) {
        guard request.isModern else {
            throw LarderError(.malformedRequest, "HTTP/1.0 has no Transfer-Encoding.")
        }
        guard request.field("transfer-encoding")?.lowercased() == "chunked" else {
            throw LarderError(
                .notImplemented,
                "Of transfer codings the server reads chunked alone; Content-Encoding says that the content is gzip.")
        }
    }
}

/// A header field that somebody here reads.
private struct KnownField: Sendable {
    let name: String
    /// Whether its value goes into what is kept or compared: then it is UTF-8.
    let isText: Bool
    /// Whether a second one would leave it open which counts.
    let isSingle: Bool
    let isHost: Bool
    let bit: UInt64

    private static let single = [
        "authorization", "content-length", "content-range", "content-type", "host", "idempotency-key",
        "if-modified-since", "if-range", "if-unmodified-since", "larder-metadata", "larder-model", "larder-ttl",
        "larder-vector",
        "netlify-blobs-metadata", "range", "x-amz-meta-user",
    ]
    private static let listed = [
        "accept", "accept-encoding", "content-encoding", "expect", "if-match", "if-none-match", "transfer-encoding",
    ]

    /// By the lengths of their names: of most fields that alone tells that nobody reads them.
    private static let byLength: [[KnownField]] = {
        var table = [[KnownField]](repeating: [], count: 32)
        for (number, name) in (single + listed).enumerated() {
            // A token in other bytes is a wrong one, whoever sends it.
            table[name.utf8.count].append(
                KnownField(
                    name: name, isText: name != "authorization", isSingle: number < single.count,
                    isHost: name == "host",
                    bit: 1 << UInt64(number)))
        }
        return table
    }()

    static func find(_ name: String) -> KnownField? {
        let size = name.utf8.count
        guard size < byLength.count else { return nil }
        return byLength[size].first { field in
            zip(field.name.utf8, name.utf8).allSatisfy { $0 == $1 || $0 == $1 | 0x20 }
        }
    }
}

extension StringProtocol {
    /// Whether U+FFFD is in it: as which the HTTP decoder reads what is no UTF-8.
    fileprivate var holdsReplacement: Bool {
        guard utf8.contains(0xEF) else { return false }
        return unicodeScalars.contains("\u{FFFD}")
    }
}

extension HTTPHeaders {
    /// The fields without blanks at the ends of their values, which are no part of them (RFC 9110 §5.5).
    var trimmed: HTTPHeaders {
        guard contains(where: { $0.value.utf8.first.map(isBlank) ?? false || $0.value.utf8.last.map(isBlank) ?? false })
        else { return self }
        return HTTPHeaders(
            map { name, value in
                let bytes = value.utf8.drop(while: isBlank)
                let end = bytes.lastIndex { !isBlank($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
                return (name, String(value[bytes.startIndex..<end]))
            })
    }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
