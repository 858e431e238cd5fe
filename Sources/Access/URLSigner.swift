import struct Crypto.HMAC
import struct Crypto.SHA256
import struct Crypto.SymmetricKey
import LarderModel

/// Makes and checks signed URLs (contract §4.5): `?…&exp=<epoch ms>&sig=<hex HMAC-SHA256(secret, text)>`, where the text is
/// `{pathname}:{exp}`, or `{pathname}?{the other fields as on the wire, in order}:{exp}` when there are others. A signature opens reads; one
/// that covers the field `method=PUT` opens that method instead.
package struct URLSigner: Sendable {
    private let key: SymmetricKey
    private let clock: WallClock

    /// How long the signed URLs live that the Netlify API face gives out.
    package static let apiLifetime = Duration.seconds(15 * 60)

    package init(secret: String, clock: WallClock = .system) {
        key = SymmetricKey(data: Array(secret.utf8))
        self.clock = clock
    }

    /// - Parameters:
    ///   - path: as on the wire, percent-encoded.
    ///   - fields: other query fields as on the wire, without `?`; may be empty.
    /// - Returns: the whole query, without `?`.
    package func query(path: String, fields: String = "", lifetime: Duration = apiLifetime) -> String {
        let expiry = (clock.now() + lifetime).milliseconds
        return (fields.isEmpty ? "" : fields + "&") + "exp=\(expiry)&sig=\(signature(Self.text(path, fields, "\(expiry)")))"
    }

    /// Whether a query carries a signature at all.
    package static func isSigned(_ query: Substring) -> Bool { query.parts(separatedBy: "&").contains { $0.hasPrefix("sig=") } }

    /// - Parameters:
    ///   - method: of the request.
    ///   - path: of the request, as on the wire.
    ///   - query: of the request, as on the wire.
    /// - Throws: `LarderError` `.forbidden` when expired, forged or made for something else.
    package func check(method: String, path: Substring, query: Substring) throws(LarderError) {
        var exp: Substring = "", sig: Substring = "", signedMethod: Substring?
        var others: [Substring] = []
        for field in query.parts(separatedBy: "&") {
            if field.hasPrefix("exp=") {
                exp = field.dropFirst(4)
            } else if field.hasPrefix("sig=") {
                sig = field.dropFirst(4)
            } else {
                if field.hasPrefix("method=") { signedMethod = field.dropFirst(7) }
                others.append(field)
            }
        }
        let expected = signature(Self.text(String(path), others.joined(separator: "&"), String(exp)))
        guard let expiry = Int64(exp), let given = [UInt8](hex: sig), equalInConstantTime(given, [UInt8](hex: expected) ?? []) else {
            throw LarderError(.forbidden, "The signature of this URL is not valid.")
        }
        let allowed: [Substring] = signedMethod.map { [$0] } ?? ["GET", "HEAD"]
        guard allowed.contains(method[...]) else {
            throw LarderError(.forbidden, "This URL was signed for \(allowed.joined(separator: " and ")), not for \(method).")
        }
        guard Timestamp(milliseconds: expiry) > clock.now() else { throw LarderError(.forbidden, "This signed URL has expired; ask for a new one.") }
    }

    private static func text(_ path: String, _ fields: String, _ expiry: String) -> String {
        fields.isEmpty ? "\(path):\(expiry)" : "\(path)?\(fields):\(expiry)"
    }

    private func signature(_ text: String) -> String { Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)).hex }
}
