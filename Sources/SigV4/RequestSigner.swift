import Hashing
package import LarderModel

/// Signs requests to S3 and its kind: AWS Signature Version 4, in the header form.
///
///     canonical request   method, path, query, fields, their names, SHA-256 of the body: a line each
///     string to sign      AWS4-HMAC-SHA256, time, day/region/service/aws4_request, SHA-256 of the canonical request
///     key                 HMAC over day, region, service and "aws4_request", begun with "AWS4" + the secret
///
/// As S3 has it: the path is signed as it goes over the wire, neither encoded again nor made shorter.
package struct RequestSigner: Sendable {
    private let keys: AccessKeys
    private let region: String
    private let service: String

    package init(_ keys: AccessKeys, region: String, service: String = "s3") {
        self.keys = keys
        self.region = region
        self.service = service
    }

    /// What a body is signed as.
    package enum Payload: Sendable {
        /// SHA-256 of the body, 64 lower-case hexadecimal digits: the server compares it with what came.
        case hashed(String)
        /// The body is not part of the signature; for connections that nobody can change anything on.
        case unsigned

        var text: String {
            switch self {
            case .hashed(let hash): hash
            case .unsigned: "UNSIGNED-PAYLOAD"
            }
        }

        /// Of no bytes.
        package static let empty = Payload.hashed(SHA256.hash(data: []).hex)
    }

    /// The fields that a request needs beside its own.
    /// - Parameters:
    ///   - path: as it goes over the wire: begins with `/`, encoded by ``encoded(_:keepingSlashes:)``.
    ///   - query: names and values, not encoded, in any order.
    ///   - fields: those to be signed, `host` among them; names in any case, each once.
    ///   - declaresPayload: whether a field says what the body was signed as, which S3 wants.
    /// - Returns: `x-amz-date`, `authorization` and, where they belong, `x-amz-content-sha256` and
    ///   `x-amz-security-token`.
    package func fields(
        method: String, path: String, query: [(String, String)], fields: [(String, String)], payload: Payload,
        at time: Timestamp, declaresPayload: Bool = true
    ) -> [(name: String, value: String)] {
        let moment = Self.moment(time)
        var own: [(name: String, value: String)] = [("x-amz-date", moment)]
        if declaresPayload { own.append(("x-amz-content-sha256", payload.text)) }
        if let token = keys.sessionToken { own.append(("x-amz-security-token", token)) }
        let signed = (fields + own.map { ($0.name, $0.value) })
            .map { ($0.0.lowercased(), Self.trimmed($0.1)) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        let names = signed.map(\.0).joined(separator: ";")
        let canonical =
            "\(method)\n\(path)\n\(Self.canonicalQuery(query))\n"
            + signed.map { "\($0.0):\($0.1)\n" }.joined() + "\n\(names)\n\(payload.text)"
        let scope = "\(moment.prefix(8))/\(region)/\(service)/aws4_request"
        let toSign =
            "AWS4-HMAC-SHA256\n\(moment)\n\(scope)\n" + SHA256.hash(data: Array(canonical.utf8)).hex
        let signature = Self.mac(toSign, key: key(day: String(moment.prefix(8)))).hex
        own.append(
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=\(keys.id)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
            ))
        return own
    }

    private func key(day: String) -> [UInt8] {
        [day, region, service, "aws4_request"].reduce(Array("AWS4\(keys.secret)".utf8)) { Self.mac($1, key: $0) }
    }

    private static func mac(_ text: String, key: [UInt8]) -> [UInt8] {
        MAC.sha256(Array(text.utf8), key: key)
    }

    /// `20260510T061247Z`
    private static func moment(_ time: Timestamp) -> String {
        String(decoding: time.iso8601Bytes.prefix(19).filter { $0 != 0x2D && $0 != 0x3A }, as: UTF8.self) + "Z"
    }

    /// Without spaces around, and one where there were several.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    /// A query as it is signed and goes over the wire: sorted by name, then value.
    package static func canonicalQuery(_ query: [(String, String)]) -> String {
        query.map { (encoded($0.0), encoded($0.1)) }
            .sorted {
                $0.0 == $1.0
                    ? $0.1.utf8.lexicographicallyPrecedes($1.1.utf8) : $0.0.utf8.lexicographicallyPrecedes($1.0.utf8)
            }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Percent-encodes all but letters, digits and `-._~`.
    package static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            case UInt8(ascii: "/") where keepingSlashes: out.append(byte)
            default: out += Array("%".utf8) + Array([byte].hex.uppercased().utf8)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
