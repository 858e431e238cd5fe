package import LarderModel

/// The secrets that signed URLs are made with: one for new ones, and older ones that still count for a while.
package struct SigningSecrets: Sendable, Equatable {
    package struct Older: Sendable, Equatable {
        package var secret: String
        package var validUntil: Timestamp
    }

    package var current: String
    /// Newest first.
    package var older: [Older]

    /// Older secrets at once.
    package static let olderMax = 8

    package init(current: String, older: [Older] = []) {
        self.current = current
        self.older = older
    }

    /// The same after a rotation.
    /// - Parameters:
    ///   - secret: the new current one.
    ///   - keepOld: how long the present one counts; zero: it, and all the older ones, are out at once.
    /// - Throws: `LarderError` `.conflict` when there are too many older ones.
    package func rotated(to secret: String, keepOld: Duration, at now: Timestamp) throws(LarderError) -> SigningSecrets
    {
        guard keepOld > .zero else { return SigningSecrets(current: secret) }
        let kept = [Older(secret: current, validUntil: now + keepOld)] + older.filter { $0.validUntil > now }
        guard kept.count <= Self.olderMax else {
            throw LarderError(
                .conflict,
                "\(Self.olderMax) older signing keys still count; wait until one has run out, or rotate with "
                    + "keepOld 0s, which ends them."
            )
        }
        return SigningSecrets(current: secret, older: kept)
    }

    // MARK: The file of the older ones

    /// A line each: `<epoch ms> <the secret's bytes in hexadecimal>`.
    package var olderText: String {
        older.map { "\($0.validUntil.milliseconds) \(Array($0.secret.utf8).hex)\n" }.joined()
    }

    /// Reads ``olderText``. - Returns: nil when it is not of that form.
    package static func older(parsing text: String) -> [Older]? {
        var older: [Older] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count == 2, let until = Int64(words[0]), let bytes = [UInt8](hex: words[1]),
                let secret = String(validating: bytes, as: UTF8.self), !secret.isEmpty
            else { return nil }
            older.append(Older(secret: secret, validUntil: Timestamp(milliseconds: until)))
        }
        return older
    }
}
