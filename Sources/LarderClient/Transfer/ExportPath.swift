import LarderModel

import Hashing

/// Turns a key into a path below a folder (docs/import-export.md). The manifest says which key a file holds; the path
/// is for people and file systems:
///
/// - `/` in a key is `/` in the path, and a segment is as it is, but for control characters, `.`, `..`,
///   `.larder-export`, and a `%` that could be taken for one of ours: these are `%XX`.
/// - In the portable form so are bytes other than `A-Z a-z 0-9 - . _ ~ space ! # $ & ' ( ) + , ; = @ [ ] ^ { }`, a dot
///   that begins a segment, and a space or dot that ends one.
/// - A segment without a byte is `%_`.
/// - A segment that is too long is cut, and goes on with `%~` and the first 16 digits of the SHA-256 of the whole.
/// - Where `a` and `a/b` are both keys, the folder is `a%=`.
package enum ExportPath {
    /// What follows the name of a folder that is also a file.
    static let folderMark = "%="
    /// What follows the name of a file while it is written.
    static let partMark = "%part"

    /// Bytes of a name that is not cut: with the longest mark behind it, it is one that file systems take.
    private static func segmentMax(isPortable: Bool) -> Int { isPortable ? 200 : 228 }

    /// The path's segments.
    package static func segments(_ key: String, isPortable: Bool) -> [String] {
        key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { bytes in
            guard !bytes.isEmpty else { return "%_" }
            let text = isPortable ? portable(bytes) : plain(bytes)
            let most = segmentMax(isPortable: isPortable)
            guard text.utf8.count > most else { return text }
            return cut(text, most) + "%~" + SHA256.hash(data: Array(bytes)).hex.prefix(16)
        }
    }

    /// The name as it is, where it can't be taken for another.
    private static func plain(_ bytes: Substring.UTF8View) -> String {
        let name = String(decoding: bytes, as: UTF8.self)
        if [".", "..", ExportManifest.folder].contains(name) { return name.replacing(".", with: "%2E") }
        var out: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            let isOurs = byte == UInt8(ascii: "%") && isMark(rest)
            if byte < 0x20 || byte == 0x7F || isOurs {
                out += PercentCoding.encode([byte], keeping: "").utf8
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Whether what follows a `%` makes it one of ours.
    private static func isMark(_ rest: Substring.UTF8View) -> Bool {
        guard let first = rest.first else { return false }
        if "_~=".utf8.contains(first) || rest.starts(with: partMark.utf8.dropFirst()) { return true }
        return rest.prefix(2).count { Character(Unicode.Scalar($0)).isHexDigit } == 2
    }

    /// At most so many bytes of a name, not in the middle of a character or a percent-code.
    private static func cut(_ text: String, _ most: Int) -> String {
        var bytes = Array(text.utf8.prefix(most))
        if let percent = bytes.suffix(2).lastIndex(of: UInt8(ascii: "%")) { bytes.removeSubrange(percent...) }
        while String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let kept = " !#$&'()+,;=@[]^{}"

    private static func portable(_ bytes: Substring.UTF8View) -> String {
        var text = PercentCoding.encode(bytes, keeping: kept)
        if text.hasPrefix(".") { text = "%2E" + text.dropFirst() }
        if text.hasSuffix(".") { text = text.dropLast() + "%2E" }
        if text.hasSuffix(" ") { text = text.dropLast() + "%20" }
        return text
    }
}
