import struct Crypto.HMAC
import struct Crypto.SHA256
import struct Crypto.SymmetricKey
import LarderModel

/// Makes and checks signed URLs: `?exp=<epoch ms>&sig=<hex HMAC-SHA256>`.
package struct URLSigner: Sendable {
    private let key: SymmetricKey
    private let clock: WallClock

    /// How long the signed URLs live that the Netlify API face gives out.
    package static let apiLifetime = Duration.seconds(15 * 60)

    package init(secret: String, clock: WallClock = .system) {
        key = SymmetricKey(data: Array(secret.utf8))
        self.clock = clock
    }

    /// Signs one method on one path.
    /// - Parameters:
    ///   - method: `GET` (which also opens HEAD) or `PUT`.
    ///   - path: as on the wire, percent-encoded.
    /// - Returns: the query to append, without `?`.
    package func query(method: String, path: String, lifetime: Duration = apiLifetime) -> String {
        let expiry = (clock.now() + lifetime).milliseconds
        return "exp=\(expiry)&method=\(method)&sig=\(signature(Self.text(method: method, path: path, expiry: expiry)))"
    }

    /// - Parameters:
    ///   - method: of the request.
    ///   - path: of the request, as on the wire.
    ///   - query: fields `exp`, `method` and `sig` of the request, as on the wire.
    /// - Throws: `LarderError` `.forbidden` when expired or forged.
    package func check(method: String, path: String, exp: String, signedMethod: String, sig: String) throws(LarderError) {
        guard let expiry = Int64(exp), let given = [UInt8](hex: sig),
            equalInConstantTime(given, [UInt8](hex: signature(Self.text(method: signedMethod, path: path, expiry: expiry))) ?? [])
        else { throw LarderError(.forbidden, "The signature of this URL is not valid.") }
        guard method == signedMethod || (method == "HEAD" && signedMethod == "GET") else {
            throw LarderError(.forbidden, "This URL was signed for \(signedMethod), not for \(method).")
        }
        guard Timestamp(milliseconds: expiry) > clock.now() else { throw LarderError(.forbidden, "This signed URL has expired; ask for a new one.") }
    }

    private static func text(method: String, path: String, expiry: Int64) -> String { "\(method) \(path):\(expiry)" }

    private func signature(_ text: String) -> String { Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)).hex }
}
