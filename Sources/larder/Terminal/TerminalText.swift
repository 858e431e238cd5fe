import LarderModel

/// Text that must fit a terminal and do it no harm.
enum TerminalText {
    /// Control characters, and those that turn the direction of text, as visible escapes: a key can't move the cursor,
    /// colour the screen or show itself as another.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where isHarmful(scalar): out += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Without line breaks: each is shown as its escape.
    static func onOneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// JSON text that does nothing to a terminal and means the same: such characters stand in strings only, where they
    /// can be written as escapes.
    static func escapedJSON(_ json: String) -> String {
        func isWritten(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x7F && isHarmful(scalar) }
        guard json.unicodeScalars.contains(where: isWritten) else { return json }
        var out = ""
        for scalar in json.unicodeScalars {
            guard isWritten(scalar) else {
                out.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return out
    }

    /// The text, or a JSON string of it where it has characters that are not to be seen, or begins with a quote.
    static func quoted(_ text: String) -> String {
        guard text.utf8.first == UInt8(ascii: "\"") || text.unicodeScalars.contains(where: isHarmful) else {
            return text
        }
        var bytes: [UInt8] = []
        JSONText.appendQuoted(text.utf8, to: &bytes)
        return escapedJSON(String(decoding: bytes, as: UTF8.self))
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// Cut to at most so many columns, with an ellipsis where something is missing.
    static func cut(_ text: String, toColumns columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var out = ""
        var used = 0
        for character in text {
            let next = width(character)
            if used + next > columns - 1 { break }
            out.append(character)
            used += next
        }
        return out + "…"
    }

    /// Filled up with spaces to so many columns.
    static func padded(_ text: String, toColumns columns: Int, right: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, columns - width(text)))
        return right ? space + text : text + space
    }

    /// Columns that the text takes.
    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.properties.isEmojiPresentation { return 2 }
        switch first.value {
        // Hangul, CJK, full-width forms (Unicode's East Asian Width W and F, in rough).
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6,
            0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
