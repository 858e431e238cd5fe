import LarderModel

import struct Crypto.SHA256

/// Turns a key into a path below a folder (docs/import-export.md). The manifest says which key a file holds; the path
/// is for people and file systems:
///
/// - `/` in a key is `/` in the path.
/// - Bytes other than `A-Z a-z 0-9 - . _ ~ space ! # $ & ' ( ) + , ; = @ [ ] ^ { }` are `%XX`; so is a dot that begins
///   a segment, and a space or dot that ends one.
/// - A segment without a byte is `%_`.
/// - A segment over 200 bytes is cut there, and goes on with `%~` and the first 16 digits of the SHA-256 of the whole.
/// - Where `a` and `a/b` are both keys, the folder is `a%=`.
package enum ExportPath {
    /// What follows the name of a folder that is also a file.
    static let folderMark = "%="
    static let segmentMax = 200

    /// The path's segments.
    static func segments(_ key: String) -> [String] {
        key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { segment($0) }
    }

    private static let kept = " !#$&'()+,;=@[]^{}"

    private static func segment(_ bytes: Substring.UTF8View) -> String {
        guard !bytes.isEmpty else { return "%_" }
        var text = PercentCoding.encode(bytes, keeping: kept)
        if text.hasPrefix(".") { text = "%2E" + text.dropFirst() }
        if text.hasSuffix(".") { text = text.dropLast() + "%2E" }
        if text.hasSuffix(" ") { text = text.dropLast() + "%20" }
        guard text.utf8.count > segmentMax else { return text }
        var cut = text.prefix(segmentMax)
        // Not in the middle of a percent-code.
        for back in 1...2 where cut[cut.index(cut.endIndex, offsetBy: -back)] == "%" {
            cut = cut.dropLast(back)
            break
        }
        return cut + "%~" + Array(SHA256.hash(data: Array(bytes))).hex.prefix(16)
    }
}
