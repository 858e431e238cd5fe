import Hashing
package import LarderModel
import Synchronization

/// Makes and checks signed URLs (contract §4.5): `?…&exp=<epoch ms>&sig=<hex HMAC-SHA256(secret, text)>`, where the
/// text is `{pathname}:{exp}`, or `{pathname}?{the other fields as on the wire, in order}:{exp}` when there are others.
/// A signature opens reads; one that covers the field `method=PUT` opens that method instead, and `maxSize=<bytes>`
/// then bounds what may be put.
///
/// New URLs are signed with the current key. Those of older keys are good until these run out.
package final class URLSigner: Sendable {
    /// How long the signed URLs live that the Netlify API face gives out.
    package static let apiLifetime = Duration.seconds(15 * 60)

    /// What a signature that counts allows, and how long.
    package struct Grant: Sendable {
        /// Bytes of content that may be put; nil: as many as the store's rule allows.
        package let maxSize: Int64?
        package let expiresAt: Timestamp
        fileprivate let key: [UInt8]
    }

    private struct Keys {
        var current: [UInt8]
        var older: [(key: [UInt8], until: Timestamp)]

        init(_ secrets: SigningSecrets) {
            current = Self.key(secrets.current)
            older = secrets.older.map { (Self.key($0.secret), $0.validUntil) }
        }

        private static func key(_ secret: String) -> [UInt8] { Array(secret.utf8) }
    }
    private let keys: Mutex<Keys>
    private let clock: WallClock
    /// Whether other nodes may have changed the keys: what is forged by those here may not be.
    private let isShared: Bool

    package init(_ secrets: SigningSecrets, clock: WallClock = .system, isShared: Bool = false) {
        keys = Mutex(Keys(secrets))
        self.clock = clock
        self.isShared = isShared
    }

    package convenience init(secret: String, clock: WallClock = .system) {
        self.init(SigningSecrets(current: secret), clock: clock)
    }

    /// From now on these count, and no others.
    package func use(_ secrets: SigningSecrets) { keys.withLock { $0 = Keys(secrets) } }

    /// - Parameters:
    ///   - path: as on the wire, percent-encoded.
    ///   - fields: other query fields as on the wire, without `?`; may be empty.
    /// - Returns: the whole query, without `?`.
    package func query(path: String, fields: String = "", lifetime: Duration = apiLifetime) -> String {
        let expiry = (clock.now() + lifetime).milliseconds
        let signature = Self.signature(Self.text(path, fields, "\(expiry)"), keys.withLock { $0.current })
        return (fields.isEmpty ? "" : fields + "&") + "exp=\(expiry)&sig=\(signature.hex)"
    }

    /// Whether a query carries a signature at all.
    package static func isSigned(_ query: Substring) -> Bool {
        query.parts(separatedBy: "&").contains { $0.hasPrefix("sig=") }
    }

    /// - Parameters:
    ///   - method: of the request.
    ///   - path: of the request, as on the wire.
    ///   - query: of the request, as on the wire.
    /// - Returns: what it allows.
    /// - Throws: `LarderError` `.forbidden` when expired, forged or made for something else.
    @discardableResult
    package func check(method: String, path: Substring, query: Substring) throws(LarderError) -> Grant {
        var exp: Substring = "", sig: Substring = "", signedMethod: Substring?, maxSize: Substring?
        var others: [Substring] = []
        for field in query.parts(separatedBy: "&") {
            if field.hasPrefix("exp=") {
                exp = field.dropFirst(4)
            } else if field.hasPrefix("sig=") {
                sig = field.dropFirst(4)
            } else {
                if field.hasPrefix("method=") { signedMethod = field.dropFirst(7) }
                if field.hasPrefix("maxSize=") { maxSize = field.dropFirst(8) }
                others.append(field)
            }
        }
        let text = Self.text(String(path), others.joined(separator: "&"), String(exp))
        guard let expiry = Int64(exp), let given = [UInt8](hex: sig), let key = key(of: given, text) else {
            throw LarderError(
                .forbidden, "The signature of this URL is not valid.", unknown: isShared ? .signature : nil)
        }
        let allowed: [Substring] = signedMethod.map { [$0] } ?? ["GET", "HEAD"]
        guard allowed.contains(method[...]) else {
            throw LarderError(
                .forbidden, "This URL was signed for \(allowed.joined(separator: " and ")), not for \(method).")
        }
        let expiresAt = Timestamp(milliseconds: expiry)
        guard expiresAt > clock.now() else {
            throw LarderError(.forbidden, "This signed URL has expired; ask for a new one.")
        }
        guard let maxSize else { return Grant(maxSize: nil, expiresAt: expiresAt, key: key) }
        guard let bytes = Int64(maxSize), bytes >= 0 else {
            throw LarderError(.forbidden, "maxSize of a signed URL is a number of bytes.")
        }
        return Grant(maxSize: bytes, expiresAt: expiresAt, key: key)
    }

    /// What has become of a signature that counted before.
    package func standing(_ grant: Grant) -> Standing {
        let (current, older) = keys.withLock { ($0.current, $0.older) }
        let now = clock.now()
        if grant.key != current {
            guard let key = older.first(where: { $0.key == grant.key }) else { return .revoked }
            guard key.until > now else { return .expired }
        }
        return grant.expiresAt > now ? .good : .expired
    }

    /// The key that made a signature; nil: none that counts. An older key counts until its own end, to which every URL
    /// that it signed is bound.
    private func key(of given: [UInt8], _ text: String) -> [UInt8]? {
        let (current, older) = keys.withLock { ($0.current, $0.older) }
        if equalInConstantTime(given, Self.signature(text, current)) { return current }
        guard !older.isEmpty else { return nil }
        let now = clock.now()
        return older.first { $0.until > now && equalInConstantTime(given, Self.signature(text, $0.key)) }?.key
    }

    private static func text(_ path: String, _ fields: String, _ expiry: String) -> String {
        fields.isEmpty ? "\(path):\(expiry)" : "\(path)?\(fields):\(expiry)"
    }

    private static func signature(_ text: String, _ key: [UInt8]) -> [UInt8] {
        MAC.sha256(Array(text.utf8), key: key)
    }
}
