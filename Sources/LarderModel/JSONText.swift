/// Checks and cuts JSON (RFC 8259) without decoding it, so that numbers, field order and escapes stay as they were
/// written.
///
/// Works on offsets into one array. Time is linear in the bytes, memory is what the caller asks to be cut out.
package enum JSONText {
    /// Levels of nesting that are taken unless the person who starts the server says otherwise. More has no use, and
    /// recursion costs stack.
    package static let depthDefault = 64

    /// What that person may choose. At the most, a thread's stack of 512 KiB holds the recursion of every reader in a
    /// debug build.
    package static let depthRange = 8...256

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
        /// The name with its escapes undone, as ``JSONText/unescape(_:)`` does it. A part of the text itself, not a
        /// copy, where there is no escape.
        package let name: ArraySlice<UInt8>
        /// The name as written, quotes included.
        package let nameRange: Range<Int>
        package let value: Value
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Checks that the bytes are exactly one JSON text in UTF-8. A byte order mark before it is passed over.
    /// - Parameter maxDepth: levels of nesting; `Int.max` for what was checked when it came.
    /// - Returns: its outermost value.
    /// - Throws: ``LarderError`` `.notJSON`, saying where.
    package static func check(_ bytes: [UInt8], maxDepth: Int) throws(LarderError) -> Value {
        guard isValidUTF8(bytes) else {
            throw LarderError(.notJSON, "The body must be JSON in UTF-8, but it is not UTF-8.")
        }
        var scanner = JSONScanner(
            bytes, at: bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0, maxDepth: maxDepth)
        return try scanner.text()
    }

    /// The items of the array that `value` is. The text was checked before.
    package static func items(of value: Value, in bytes: [UInt8]) throws(LarderError) -> [Value] {
        try items(of: value, in: bytes, limit: .max) ?? []
    }

    /// The same, for who takes only so many: what lies behind them is not looked at.
    /// - Returns: nil when there are more than `limit`.
    package static func items(of value: Value, in bytes: [UInt8], limit: Int) throws(LarderError) -> [Value]? {
        guard value.kind == .array else { throw LarderError(.notJSON, "A JSON array is needed here.") }
        var scanner = JSONScanner(bytes, at: value.range.lowerBound + 1, maxDepth: .max)
        var items: [Value] = []
        while let item = try scanner.nextItem() {
            guard items.count < limit else { return nil }
            items.append(item)
        }
        return items
    }

    /// The fields of the object that `value` is, in order, repeated names included. The text was checked before.
    package static func members(of value: Value, in bytes: [UInt8]) throws(LarderError) -> [Member] {
        try members(of: value, in: bytes, limit: .max) ?? []
    }

    /// The same, for who takes only so many: what lies behind them is not looked at.
    /// - Returns: nil when there are more than `limit`.
    package static func members(of value: Value, in bytes: [UInt8], limit: Int) throws(LarderError) -> [Member]? {
        guard value.kind == .object else { throw LarderError(.notJSON, "A JSON object is needed here.") }
        var scanner = JSONScanner(bytes, at: value.range.lowerBound + 1, maxDepth: .max)
        var members: [Member] = []
        while let (nameRange, value) = try scanner.nextMember() {
            guard members.count < limit else { return nil }
            let characters = bytes[nameRange].dropFirst().dropLast()
            members.append(
                Member(
                    name: characters.contains(UInt8(ascii: "\\")) ? unescape(characters)[...] : characters,
                    nameRange: nameRange, value: value))
        }
        return members
    }

    /// Whether a value is null. The text was checked before.
    package static func isNull(_ value: Value, in bytes: [UInt8]) -> Bool {
        value.kind == .literal && bytes[value.range.lowerBound] == UInt8(ascii: "n")
    }

    /// The text without line breaks between its tokens, and without a byte order mark; all else as it was. Inside
    /// strings JSON has no raw line break.
    package static func onOneLine(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let text = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes
        return text.contains(where: { $0 == 10 || $0 == 13 }) ? text.filter { $0 != 10 && $0 != 13 } : Array(text)
    }
}

extension [JSONText.Member] {
    /// A repeated name counts once, with its last value, as every JSON reader has it.
    package var lastOfEachName: [JSONText.Member] {
        guard count > Self.fewMembers else {
            return indices.contains(where: isRepeated) ? indices.filter { !isRepeated($0) }.map { self[$0] } : self
        }
        var last: [ArraySlice<UInt8>: Int] = [:]
        last.reserveCapacity(count)
        for (i, member) in enumerated() { last[member.name] = i }
        return last.count == count ? self : indices.filter { last[self[$0].name] == $0 }.map { self[$0] }
    }

    /// Up to so many, comparing each with each costs less than a table does.
    private static var fewMembers: Int { 16 }

    /// Whether the name comes again behind this place.
    private func isRepeated(_ place: Int) -> Bool {
        self[(place + 1)...].contains { $0.name == self[place].name }
    }
}
