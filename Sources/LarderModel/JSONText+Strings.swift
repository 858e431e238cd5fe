/// Strings of JSON, in both directions.
///
/// JSON can name half of a surrogate pair (`\ud83d`), which JavaScript makes with `slice` through an emoji, and which
/// no UTF-8 can say. Inside Larder such a half is kept apart from all others in the three bytes that WTF-8 has for it
/// (`ED A0 80` to `ED BF BF`); it is written as its escape again, shown as U+FFFD, and no identifier.
extension JSONText {
    // MARK: Reading

    /// The characters of a string, as ``unescape(_:)`` gives them; nil for any other value. The text was checked
    /// before.
    package static func characters(of value: Value, in bytes: [UInt8]) -> [UInt8]? {
        value.kind == .string ? unescape(bytes[value.range].dropFirst().dropLast()) : nil
    }

    /// A string's characters, its escapes undone: UTF-8 but for lone surrogates, which are WTF-8.
    /// - Parameter text: what stands between the quotes.
    package static func unescape(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var i = text.startIndex
        while i < text.endIndex {
            guard text[i] == UInt8(ascii: "\\"), i + 1 < text.endIndex else {
                out.append(text[i])
                i += 1
                continue
            }
            let escape = text[i + 1]
            i += 2
            switch escape {
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "u"):
                var code = unit(text, i) ?? 0xFFFD
                i = min(i + 4, text.endIndex)
                if (0xD800..<0xDC00).contains(code), text[i...].starts(with: "\\u".utf8), let low = unit(text, i + 2),
                    (0xDC00..<0xE000).contains(low)
                {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    i += 6
                }
                append(code, to: &out)
            default: out.append(escape)
            }
        }
        return out
    }

    /// The number that four hexadecimal digits say.
    private static func unit(_ text: ArraySlice<UInt8>, _ at: Int) -> UInt32? {
        guard at + 4 <= text.endIndex else { return nil }
        var unit: UInt32 = 0
        for digit in text[at..<at + 4] {
            guard let value = hexValue(digit) else { return nil }
            unit = unit << 4 | UInt32(value)
        }
        return unit
    }

    /// A code point in UTF-8, a surrogate in WTF-8.
    private static func append(_ code: UInt32, to out: inout [UInt8]) {
        func last(_ shift: UInt32) -> UInt8 { UInt8(0x80 | code >> shift & 0x3F) }
        switch code {
        case 0..<0x80: out.append(UInt8(code))
        case 0x80..<0x800: out += [UInt8(0xC0 | code >> 6), last(0)]
        case 0x800..<0x10000: out += [UInt8(0xE0 | code >> 12), last(6), last(0)]
        default: out += [UInt8(0xF0 | code >> 18), last(12), last(6), last(0)]
        }
    }

    /// The same characters for people: U+FFFD in place of lone surrogates.
    package static func shown(_ characters: [UInt8]) -> String {
        if let text = String(validating: characters, as: UTF8.self) { return text }
        var out: [UInt8] = []
        var i = 0
        while i < characters.count {
            if characters.withUnsafeBufferPointer({ isLoneSurrogate($0, i) }) {
                out += "\u{FFFD}".utf8
                i += 3
            } else {
                out.append(characters[i])
                i += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// No UTF-8 has one of A0 to BF behind ED.
    private static func isLoneSurrogate(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        text[at] == 0xED && at + 2 < text.count && text[at + 1] >= 0xA0
    }

    // MARK: Writing

    /// A JSON string with these characters, quotes included: what must be escaped is, and lone surrogates are.
    package static func quote(_ text: some Collection<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 2)
        appendQuoted(text, to: &out)
        return out
    }

    package static func appendQuoted(_ text: some Collection<UInt8>, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        if text.withContiguousStorageIfAvailable({ appendEscaped($0, to: &out) }) == nil {
            Array(text).withUnsafeBufferPointer { appendEscaped($0, to: &out) }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Runs of bytes that need no escape go out at once.
    private static func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]) {
        var start = 0, i = 0
        while i < text.count {
            let byte = text[i]
            if needsEscape(byte) {
                out.append(contentsOf: text[start..<i])
                appendEscaped(byte, to: &out)
                start = i + 1
            } else if byte == 0xED, isLoneSurrogate(text, i) {
                out.append(contentsOf: text[start..<i])
                appendUnicodeEscape(0xD000 | UInt16(text[i + 1] & 0x3F) << 6 | UInt16(text[i + 2] & 0x3F), to: &out)
                start = i + 3
                i += 2
            }
            i += 1
        }
        out.append(contentsOf: text[start...])
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func appendEscaped(_ byte: UInt8, to out: inout [UInt8]) {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            out.append(UInt8(ascii: "\\"))
            out.append(byte)
        } else {
            appendUnicodeEscape(UInt16(byte), to: &out)
        }
    }

    private static func appendUnicodeEscape(_ unit: UInt16, to out: inout [UInt8]) {
        out.append(contentsOf: "\\u".utf8)
        out.append(contentsOf: [UInt8(unit >> 8), UInt8(unit & 255)].hex.utf8)
    }

    /// The same JSON text with everything beyond printable ASCII written as `\u` escapes, so that it can travel in a
    /// header field: JSON allows a raw DEL in a string, a field value does not.
    package static func asciiOnly(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(where: { $0 >= 0x7F }) else { return bytes }
        var out: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if scalar.value < 0x7F {
                out.append(UInt8(scalar.value))
            } else {
                for unit in String(scalar).utf16 { appendUnicodeEscape(unit, to: &out) }
            }
        }
        return out
    }
}
