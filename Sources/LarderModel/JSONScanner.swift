/// Goes through JSON once, from left to right, and says what lies where.
struct JSONScanner {
    private let bytes: [UInt8]
    private let maxDepth: Int
    private var at: Int

    init(_ bytes: [UInt8], at: Int, maxDepth: Int) {
        self.bytes = bytes
        self.at = at
        self.maxDepth = maxDepth
    }

    /// All that is left: one value, with nothing but white space around it.
    /// - Throws: ``LarderError`` `.notJSON`, saying where.
    mutating func text() throws(LarderError) -> JSONText.Value {
        let value = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw malformed("something follows the JSON value") }
        return value
    }

    // MARK: One after the other, in text that was checked

    /// The next item of an array that was begun; nil at its end.
    mutating func nextItem() throws(LarderError) -> JSONText.Value? {
        skipSpace()
        if peek == UInt8(ascii: ",") { at += 1 }
        return peek == UInt8(ascii: "]") ? nil : try value(depth: 1)
    }

    /// The next field of an object that was begun; nil at its end.
    mutating func nextMember() throws(LarderError) -> (name: Range<Int>, value: JSONText.Value)? {
        skipSpace()
        if peek == UInt8(ascii: ",") {
            at += 1
            skipSpace()
        }
        guard peek != UInt8(ascii: "}") else { return nil }
        let start = at
        try string()
        let name = start..<at
        skipSpace()
        at += 1  // the colon
        return (name, try value(depth: 1))
    }

    // MARK: Scanning

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 32 || bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 9 { at += 1 }
    }

    private func malformed(_ problem: String) -> LarderError {
        LarderError(.notJSON, "The body must be JSON, but at byte \(at) \(problem).")
    }

    private mutating func value(depth: Int) throws(LarderError) -> JSONText.Value {
        guard depth < maxDepth else {
            throw LarderError(
                .notJSON, "The body must be JSON of at most \(maxDepth) levels; at byte \(at) it nests deeper.",
                limit: .jsonDepth)
        }
        skipSpace()
        let start = at
        let kind: JSONText.Kind
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
        return JSONText.Value(kind: kind, range: start..<at)
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
