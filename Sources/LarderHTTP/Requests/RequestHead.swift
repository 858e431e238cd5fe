package import LarderModel
package import NIOHTTP1

/// The head of a request, with its target cut into path and query as they came: nothing is decoded or normalised here,
/// because keys are opaque (`//`, `..` and a trailing `/` mean themselves) and signatures cover the path as on the
/// wire.
package struct RequestHead: Sendable {
    package let method: HTTPMethod
    package let version: HTTPVersion
    /// As on the wire, percent-encoded, starting with `/`.
    package let path: Substring
    /// Behind the `?`, as on the wire; empty when there is none.
    package let query: Substring
    /// Without blanks around the values.
    package let headers: HTTPHeaders
    /// What the answer's `x-request-id` says and the log shows.
    package let id: String
    package let isKeepAlive: Bool
    /// Whose connection it came over.
    package let peer: Peer

    package init(_ head: HTTPRequestHead, id: String, from peer: Peer = .none) {
        self.peer = peer
        method = head.method
        version = head.version
        headers = head.headers.trimmed
        self.id = id
        isKeepAlive = head.isKeepAlive
        var target = head.uri[...]
        // Absolute form (RFC 9112 §3.2.2): the path begins at the first slash of the authority's end.
        if !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") {
            target = target[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        path = mark.map { target[..<$0] } ?? target
        query = mark.map { target[target.utf8.index(after: $0)...] } ?? ""
    }

    /// Bytes of the target, as on the wire.
    package var targetSize: Int { path.utf8.count + query.utf8.count + (query.isEmpty ? 0 : 1) }

    /// A header field; several lines are joined by commas (RFC 9110 §5.3).
    package func field(_ name: String) -> String? {
        guard let first = headers.first(name: name) else { return nil }
        let all = headers[name]
        return all.count == 1 ? first : all.joined(separator: ", ")
    }

    /// A query field, decoded; the last one when it is repeated.
    package func queryField(_ name: String) -> [UInt8]? { queryFields(name).last }

    /// All query fields of a name, decoded.
    package func queryFields(_ name: String) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let end = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard PercentCoding.decodeQuery(part[..<end]).elementsEqual(name.utf8) else { continue }
            values.append(end == part.endIndex ? [] : PercentCoding.decodeQuery(part[part.index(after: end)...]))
        }
        return values
    }

    /// The same as text. - Throws: `LarderError` `.malformedRequest` when it is not UTF-8.
    package func queryText(_ name: String) throws(LarderError) -> String? {
        guard let bytes = queryField(name) else { return nil }
        return try Self.text(bytes, name)
    }

    /// All of a name. - Throws: `LarderError` `.malformedRequest` when one is not UTF-8.
    package func queryTexts(_ name: String) throws(LarderError) -> [String] {
        var texts: [String] = []
        for bytes in queryFields(name) { texts.append(try Self.text(bytes, name)) }
        return texts
    }

    private static func text(_ bytes: [UInt8], _ name: String) throws(LarderError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LarderError(.malformedRequest, "The query field '\(name)' must be UTF-8.")
        }
        return text
    }

    /// A cookie's value, the first where it is repeated (RFC 6265 §5.4); nil when there is none.
    package func cookie(_ name: String) -> Substring? {
        for line in headers["cookie"] {
            for pair in line.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " }
                guard trimmed.utf8.starts(with: name.utf8) else { continue }
                let rest = trimmed.dropFirst(name.count)
                if rest.first == "=" { return rest.dropFirst() }
            }
        }
        return nil
    }

    /// `Content-Length` as a number; nil when there is none. The HTTP decoder has refused malformed ones.
    package var contentLength: Int64? { headers.first(name: "content-length").flatMap { Int64($0) } }

    /// HTTP/1.1, or HTTP/2 whose requests look like it here: what fast answers and event streams need.
    package var isModern: Bool { version == .http1_1 || version == .http2 }

    /// Whether a body follows the head.
    package var hasBody: Bool { headers.contains(name: "transfer-encoding") || contentLength ?? 0 > 0 }

    /// Whether the client waits to be asked for the body (RFC 9110 §10.1.1); HTTP/1.0 knows no such answer.
    var expectsContinue: Bool { isModern && field("expect")?.lowercased() == "100-continue" }

    /// Whether the client takes gzip (RFC 9110 §12.5.3).
    package var acceptsGzip: Bool {
        guard let accepted = field("accept-encoding") else { return false }
        for part in accepted.lowercased().split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " } }
            guard let coding = pieces.first, coding == "gzip" || coding == "x-gzip" || coding == "*" else { continue }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if quality > 0 { return true }
            if coding == "gzip" { return false }
        }
        return false
    }

    /// Whether the client takes this media type by its name (RFC 9110 §12.5.1): a range such as `text/*` is no wish for
    /// it.
    /// - Parameters:
    ///   - type: in lower case.
    ///   - parameter: one that has to stand with it, in lower case: `type=signed-url`.
    package func accepts(_ type: String, _ parameter: String? = nil) -> Bool {
        headers.contains { name, value in
            guard name.utf8.count == 6, name.lowercased() == "accept" else { return false }
            return MediaRange.list(value).contains { range in
                range.isWanted && range.type == type && (parameter.map { range.parameters.contains($0) } ?? true)
            }
        }
    }

    /// Conditions of the request.
    package func preconditions() -> Preconditions {
        var conditions = Preconditions()
        if let text = field("if-match") { conditions.ifMatch = Preconditions.TagList(text, weak: false) }
        if let text = field("if-none-match") { conditions.ifNoneMatch = Preconditions.TagList(text, weak: true) }
        if let text = field("if-modified-since") { conditions.ifModifiedSince = Timestamp(httpDate: text) }
        if let text = field("if-unmodified-since") { conditions.ifUnmodifiedSince = Timestamp(httpDate: text) }
        return conditions
    }

    /// Who asks: the connection's other end, or whom a trusted proxy names; nil: unknown.
    package var client: IPAddress? {
        peer.isTrusted ? peer.client(forwardedFor: headers["x-forwarded-for"]) : peer.address
    }

    /// Whether the client's own connection is encrypted, as far as a trusted proxy says: then cookies are `Secure` and
    /// URLs begin with https.
    package var isSecure: Bool {
        peer.isTrusted ? peer.isSecure(forwardedProto: headers["x-forwarded-proto"]) : peer.isTLS
    }

    /// The origin the client used, for URLs in answers.
    package var origin: String {
        let host = headers.first(name: "host") ?? ""
        return "\(isSecure ? "https" : "http")://\(host.isEmpty ? "localhost" : host)"
    }
}
