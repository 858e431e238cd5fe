import LarderModel
import LarderTestSupport
import Testing

/// Names and texts that Swift's `String` and most readers get wrong: two spellings of one text, halves of surrogate
/// pairs, U+FFFD beside them. The second opinion counts UTF-16 units, as JavaScript does, and knows nothing of Unicode.
@Suite("Fuzz: JSON whose names only their units tell apart")
struct UnicodeTests {
    @Test("two texts are the same canonical text exactly when they are the same value")
    func canonical() {
        Fuzz.run(1_500) { dice in
            let (one, other) = (dice.value16(), dice.value16())
            let texts = [one.text(&dice), one.text(&dice), other.text(&dice)].map(\.bytes)
            let forms = try texts.map { try CanonicalJSON.text(of: try JSONText.check($0), in: $0) }
            try Fuzz.require(forms[0] == forms[1], "\(texts[0].text) and \(texts[1].text) are one value")
            try Fuzz.require((forms[0] == forms[2]) == (one == other), "\(texts[0].text) and \(texts[2].text)")
            let again = try CanonicalJSON.text(of: try JSONText.check(forms[0]), in: forms[0])
            try Fuzz.require(again == forms[0], "\(forms[0].text) is not canonical")
        }
    }

    @Test("a merge patch does what RFC 7396 says")
    func patches() {
        Fuzz.run(1_500) { dice in
            let (patch, target) = (dice.value16(), dice.value16())
            let texts = [patch.text(&dice), target.text(&dice), target.merged(with: patch).text(&dice)].map(\.bytes)
            let merged = try MergePatch.apply(texts[0], to: texts[1])
            try Fuzz.require(
                try CanonicalJSON.text(of: try JSONText.check(merged), in: merged)
                    == CanonicalJSON.text(of: try JSONText.check(texts[2]), in: texts[2]),
                "\(texts[0].text) on \(texts[1].text) gives \(merged.text), not \(texts[2].text)")
        }
    }

    @Test("a string comes back from reading and writing, and is an identifier exactly when it is Unicode text")
    func strings() {
        Fuzz.run(3_000) { dice in
            let units = dice.units16()
            let text = units.jsonString(&dice).bytes
            let characters = JSONText.unescape(text.dropFirst().dropLast())
            let quoted = JSONText.quote(characters)
            try Fuzz.require(try JSONText.check(quoted).kind == .string, text.text)
            try Fuzz.require(JSONText.unescape(quoted.dropFirst().dropLast()) == characters, text.text)
            let isText = String(validating: units, as: UTF16.self) != nil
            try Fuzz.require((Identifier(validating: characters) != nil) == isText, text.text)
            try Fuzz.require(
                JSONText.shown(characters).utf16.elementsEqual(String(decoding: units, as: UTF16.self).utf16), text.text
            )
        }
    }

    @Test("identifiers are told apart and ordered by their bytes")
    func identifiers() {
        Fuzz.run(2_000) { dice in
            let texts = [dice.twin(), dice.twin()]
            let (a, b) = (Identifier(texts[0]), Identifier(texts[1]))
            try Fuzz.require((a == b) == (texts[0].bytes == texts[1].bytes), "\(texts)")
            try Fuzz.require((a < b) == texts[0].bytes.lexicographicallyPrecedes(texts[1].bytes), "\(texts)")
            try Fuzz.require(Set([a, b]).count == Set(texts.map(\.bytes)).count, "\(texts)")
        }
    }
}

/// A JSON value whose texts are UTF-16 units.
private indirect enum Value16: Hashable {
    case null
    case number(Int)
    case string([UInt16])
    case array([Value16])
    case object([[UInt16]: Value16])

    /// One of the many ways to write it.
    func text(_ dice: inout Seeded) -> String {
        switch self {
        case .null: return "null"
        case .number(let number): return dice.once(in: 2) ? "\(number)" : "\(number).0"
        case .string(let units): return units.jsonString(&dice)
        case .array(let items): return "[" + items.map { $0.text(&dice) }.joined(separator: ",") + "]"
        case .object(let fields):
            // Sorted first, so that a seed gives the same text each time.
            let sorted = fields.sorted { $0.key.lexicographicallyPrecedes($1.key) }.shuffled(using: &dice)
            return "{" + sorted.map { $0.key.jsonString(&dice) + ":" + $0.value.text(&dice) }.joined(separator: ",")
                + "}"
        }
    }

    /// RFC 7396 §2.
    func merged(with patch: Value16) -> Value16 {
        guard case .object(let changes) = patch else { return patch }
        var fields: [[UInt16]: Value16] = [:]
        if case .object(let own) = self { fields = own }
        for (name, change) in changes {
            fields[name] = change == .null ? nil : (fields[name] ?? .null).merged(with: change)
        }
        return .object(fields)
    }
}

extension [UInt16] {
    /// As JSON, some of it escaped; halves of pairs always are.
    fileprivate func jsonString(_ dice: inout Seeded) -> String {
        var out = "\""
        var rest = self[...]
        while let unit = rest.popFirst() {
            var units = [unit]
            if UTF16.isLeadSurrogate(unit), let low = rest.first, UTF16.isTrailSurrogate(low) {
                units.append(rest.removeFirst())
            }
            let raw = String(validating: units, as: UTF16.self)
            if let raw, unit >= 0x20, unit != 0x22, unit != 0x5C, dice.once(in: 2) {
                out += raw
            } else {
                for unit in units {
                    let digits = String(unit, radix: 16, uppercase: dice.once(in: 2))
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return out + "\""
    }
}

extension Seeded {
    fileprivate mutating func value16(depth: Int = 0) -> Value16 {
        switch number(0...(depth < 3 ? 6 : 2)) {
        case 0: once(in: 3) ? .null : .number(number(0...2))
        case 1, 2: .string(units16())
        case 3: .array(many(0...2) { $0.value16(depth: depth + 1) })
        default: .object(Dictionary(many(0...4) { ($0.units16(), $0.value16(depth: depth + 1)) }) { $1 })
        }
    }

    /// Few and short, so that documents meet.
    fileprivate mutating func units16() -> [UInt16] {
        many(0...2) { dice in
            dice.pick([[0x61], [0xD83D], [0xD83C], [0xDE00], [0xDFFF], [0xFFFD], [0xD83D, 0xDE00]] + Self.twins16)
        }.flatMap { $0 }
    }

    private static let twins16: [[UInt16]] = ["\u{E9}", "e\u{301}", "\u{212A}", "K", "\u{D7FF}", "\u{E000}"].map {
        Array($0.utf16)
    }

    fileprivate mutating func twin() -> String {
        many(1...2) {
            $0.pick([
                "\u{E9}", "e\u{301}", "\u{212B}", "\u{C5}", "\u{D55C}", "\u{1112}\u{1161}\u{11AB}", "K", "\u{212A}",
            ])
        }.joined()
    }
}
