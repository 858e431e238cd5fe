/// A strong entity tag (RFC 9110 §8.8.3): 16 bytes that change whenever content, metadata or content type change, and
/// only then.
///
/// It is a function of those three (see `BlobStore`), never of a clock or a counter, so it can be checked against the
/// content.
package struct ETag: Hashable, Sendable, CustomStringConvertible {
    private let a, b: UInt64

    package static let byteCount = 16

    /// - Parameter bytes: at least 16 bytes, of which the first 16 count; nil when there are fewer.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= Self.byteCount else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { target in target.copyBytes(from: bytes.prefix(Self.byteCount)) }
        (a, b) = words
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: (a, b)) { Array($0) } }

    /// As it stands on the wire, quotes included: `"0123…"`, 32 hexadecimal digits.
    package var quoted: String { "\"\(bytes.hex)\"" }
    package var description: String { quoted }

    /// Reads what ``quoted`` wrote; with or without its quotes. Nil for a tag that this server never gave: with a
    /// capital, say, for tags are compared byte for byte.
    package init?(quoted text: some StringProtocol) {
        var hex = text[...]
        if hex.count >= 2, hex.first == "\"", hex.last == "\"" { hex = hex.dropFirst().dropLast() }
        guard hex.utf8.count == 32, !hex.utf8.contains(where: { $0 < UInt8(ascii: "a") && $0 > UInt8(ascii: "9") }),
            let bytes = [UInt8](hex: hex)
        else { return nil }
        self.init(bytes)
    }
}
