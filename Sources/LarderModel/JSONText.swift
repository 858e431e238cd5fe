import Synchronization

/// Checks and cuts JSON (RFC 8259) without decoding it, so that numbers, field order and escapes stay as they were
/// written.
///
/// Works on offsets into one array. Time is linear in the bytes, memory is what the caller asks to be cut out, depth is
/// limited.
package struct JSONText {
    /// Nesting beyond this is refused: it has no use, and recursion costs stack. One limit for all that reads JSON in
    /// this process.
    package static var maxDepth: Int { depth.load(ordering: .relaxed) }
    private static let depth = Atomic<Int>(64)

    /// What ``maxDepth`` may be. At the most, a thread's stack of 512 KiB holds the recursion of every reader in a
    /// debug build.
    package static let depthRange = 8...256

    /// Sets ``maxDepth``, within ``depthRange``; once, when the process starts.
    package static func limitDepth(_ levels: Int) {
        depth.store(min(max(levels, depthRange.lowerBound), depthRange.upperBound), ordering: .relaxed)
    }

    package enum Kind: Sendable { case object, array, string, number, literal }

    /// A value: what it is and where it lies.
    package struct Value: Sendable {
        package let kind: Kind
        package let range: Range<Int>

        package init(kind: Kind, range: Range<Int>) {
            self.kind = kind
            self.range = range
        }
    }

    /// A field of an object.
    package struct Member: Sendable {
        /// The name with its escapes undone.
        package let name: [UInt8]
        /// The name as written, quotes included.
        package let nameRange: Range<Int>
        package let value: Value
    }

    private let bytes: [UInt8]
    private var at: Int

    private init(_ bytes: [UInt8], at: Int) {
        self.bytes = bytes
        self.at = at
    }

    /// Checks that the bytes are exactly one JSON text in UTF-8.
    /// - Returns: its outermost value.
    /// - Throws: ``LarderError`` `.notJSON`, saying where.
    package static func check(_ bytes: [UInt8]) throws(LarderError) -> Value {
        guard isValidUTF8(bytes) else {
            throw LarderError(.notJSON, "The body must be JSON in UTF-8, but it is not UTF-8.")
        }
        var scanner = JSONText(bytes, at: 0)
        let value = try scanner.value(depth: 0)
        scanner.skipSpace()
        guard scanner.at == bytes.count else { throw scanner.malformed("something follows the JSON value") }
        return value
    }

    /// The items of the array that `value` is. The text was checked before.
    package static func items(of value: Value, in bytes: [UInt8]) throws(LarderError) -> [Value] {
        guard value.kind == .array else { throw LarderError(.notJSON, "A JSON array is needed here.") }
        var scanner = JSONText(bytes, at: value.range.lowerBound + 1)
        var items: [Value] = []
        scanner.skipSpace()
        while scanner.peek != UInt8(ascii: "]") {
            items.append(try scanner.value(depth: 1))
            scanner.skipSpace()
            if scanner.peek == UInt8(ascii: ",") { scanner.at += 1 }
        }
        return items
    }

    /// The fields of the object that `value` is, in order, repeated names included. The text was checked before.
    package static func members(of value: Value, in bytes: [UInt8]) throws(LarderError) -> [Member] {
        guard value.kind == .object else { throw LarderError(.notJSON, "A JSON object is needed here.") }
        var scanner = JSONText(bytes, at: value.range.lowerBound + 1)
        var members: [Member] = []
        scanner.skipSpace()
        while scanner.peek != UInt8(ascii: "}") {
            let start = scanner.at
            try scanner.string()
            let nameRange = start..<scanner.at
            scanner.skipSpace()
            scanner.at += 1  // the colon
            let field = try scanner.value(depth: 1)
            members.append(
                Member(name: unescape(bytes[nameRange].dropFirst().dropLast()), nameRange: nameRange, value: field))
            scanner.skipSpace()
            if scanner.peek == UInt8(ascii: ",") {
                scanner.at += 1
                scanner.skipSpace()
            }
        }
        return members
    }

    /// The text without line breaks between its tokens; all else as it was. Inside strings JSON has no raw line break.
    package static func onOneLine(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.contains(where: { $0 == 10 || $0 == 13 }) ? bytes.filter { $0 != 10 && $0 != 13 } : Array(bytes)
    }

    /// A string's characters in UTF-8, its escapes undone. A lone surrogate becomes U+FFFD.
    package static func unescape(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        var out: [UInt8] = []
        var i = text.startIndex
        func unit(_ at: Int) -> UInt32? {
            guard at + 4 <= text.endIndex else { return nil }
            return text[at..<at + 4].reduce(UInt32?(0)) { sum, digit in
                guard let sum, let value = hexValue(digit) else { return nil }
                return sum << 4 | UInt32(value)
            }
        }
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
                var code = unit(i) ?? 0xFFFD
                i = min(i + 4, text.endIndex)
                if (0xD800..<0xDC00).contains(code), i + 1 < text.endIndex, text[i] == UInt8(ascii: "\\"),
                    text[i + 1] == UInt8(ascii: "u"),
                    let low = unit(i + 2), (0xDC00..<0xE000).contains(low)
                {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    i += 6
                }
                out.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
            default: out.append(escape)
            }
        }
        return out
    }

    /// A JSON string with these characters, quotes included: what must be escaped is, and with `asciiOnly` everything
    /// beyond ASCII too.
    package static func quote(_ text: some Collection<UInt8>, asciiOnly: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count + 2)
        appendQuoted(text, asciiOnly: asciiOnly, to: &out)
        return out
    }

    package static func appendQuoted(_ text: some Collection<UInt8>, asciiOnly: Bool = false, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        if asciiOnly, text.contains(where: { $0 >= 0x80 }) {
            for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
                if scalar.isASCII {
                    appendEscaped(UInt8(scalar.value), to: &out)
                } else {
                    for unit in String(scalar).utf16 { appendUnicodeEscape(unit, to: &out) }
                }
            }
        } else if text.withContiguousStorageIfAvailable({ appendEscaped($0, to: &out) }) == nil {
            for byte in text { appendEscaped(byte, to: &out) }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Runs of bytes that need no escape go out at once.
    private static func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]) {
        var start = text.startIndex
        for (i, byte) in text.enumerated() where needsEscape(byte) {
            out.append(contentsOf: text[start..<i])
            appendEscaped(byte, to: &out)
            start = i + 1
        }
        out.append(contentsOf: text[start...])
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func appendEscaped(_ byte: UInt8, to out: inout [UInt8]) {
        guard needsEscape(byte) else { return out.append(byte) }
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

    /// The same text with everything beyond printable ASCII written as `\u` escapes, so that it can travel in a header
    /// field: JSON allows a raw DEL in a string, a field value does not.
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

    // MARK: Scanning

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 32 || bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 9 { at += 1 }
    }

    private func malformed(_ problem: String) -> LarderError {
        LarderError(.notJSON, "The body must be JSON, but at byte \(at) \(problem).")
    }

    private mutating func value(depth: Int) throws(LarderError) -> Value {
        guard depth < Self.maxDepth else {
            throw LarderError(
                .notJSON, "The body must be JSON of at most \(Self.maxDepth) levels; at byte \(at) it nests deeper.",
                limit: .jsonDepth)
        }
        skipSpace()
        let start = at
        let kind: Kind
        switch peek {
        case UInt8(ascii: "{"):
            kind = .object
            try members(depth: depth)
        case UInt8(ascii: "["):
            kind = .array
            try items(depth: depth)
        case UInt8(ascii: "\""):
            kind = .string
            try string()
        case UInt8(ascii: "t"):
            kind = .literal
            try literal("true")
        case UInt8(ascii: "f"):
            kind = .literal
            try literal("false")
        case UInt8(ascii: "n"):
            kind = .literal
            try literal("null")
        case nil: throw malformed("it ends too early")
        default:
            kind = .number
            try number()
        }
        return Value(kind: kind, range: start..<at)
    }

    private mutating func members(depth: Int) throws(LarderError) {
        at += 1
        skipSpace()
        if peek == UInt8(ascii: "}") {
            at += 1
            return
        }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw malformed("a field name in quotes was expected") }
            try string()
            skipSpace()
            guard peek == UInt8(ascii: ":") else { throw malformed("':' was expected") }
            at += 1
            _ = try value(depth: depth + 1)
            skipSpace()
            if peek == UInt8(ascii: ",") {
                at += 1
            } else if peek == UInt8(ascii: "}") {
                at += 1
                return
            } else {
                throw malformed("',' or '}' was expected")
            }
        }
    }

    private mutating func items(depth: Int) throws(LarderError) {
        at += 1
        skipSpace()
        if peek == UInt8(ascii: "]") {
            at += 1
            return
        }
        while true {
            _ = try value(depth: depth + 1)
            skipSpace()
            if peek == UInt8(ascii: ",") {
                at += 1
            } else if peek == UInt8(ascii: "]") {
                at += 1
                return
            } else {
                throw malformed("',' or ']' was expected")
            }
        }
    }

    private mutating func string() throws(LarderError) {
        at += 1
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"):
                guard at + 1 < bytes.count else { throw malformed("a string does not end") }
                switch bytes[at + 1] {
                case UInt8(ascii: "u"):
                    guard at + 6 <= bytes.count, bytes[(at + 2)..<(at + 6)].allSatisfy({ hexValue($0) != nil }) else {
                        throw malformed("'\\u' needs four hexadecimal digits")
                    }
                    at += 6
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                    UInt8(ascii: "n"),
                    UInt8(ascii: "r"), UInt8(ascii: "t"):
                    at += 2
                default: throw malformed("a string has an unknown escape")
                }
            case 0..<0x20: throw malformed("a string holds a raw control character")
            default: at += 1
            }
        }
        throw malformed("a string does not end")
    }

    private mutating func literal(_ word: StaticString) throws(LarderError) {
        let matches = word.withUTF8Buffer {
            at + $0.count <= bytes.count && bytes[at..<at + $0.count].elementsEqual($0)
        }
        guard matches else { throw malformed("a value was expected") }
        at += word.utf8CodeUnitCount
    }

    private mutating func number() throws(LarderError) {
        if peek == UInt8(ascii: "-") { at += 1 }
        guard let first = peek, isDigit(first) else { throw malformed("a value was expected") }
        if first == UInt8(ascii: "0") { at += 1 } else { digits() }
        if let next = peek, isDigit(next) { throw malformed("a number starts with 0") }
        if peek == UInt8(ascii: ".") {
            at += 1
            guard let next = peek, isDigit(next) else { throw malformed("a digit was expected") }
            digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            at += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
            guard let next = peek, isDigit(next) else { throw malformed("a digit was expected") }
            digits()
        }
    }

    private mutating func digits() { while let next = peek, isDigit(next) { at += 1 } }
    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
