import Foundation
import LarderModel
import LarderTestSupport
import Testing

@Suite("JSON text")
struct JSONTextTests {
    @Test(
        "is one JSON value of RFC 8259",
        arguments: [
            ("{}", .object), (" [ ] ", .array), ("\"\"", .string), ("0", .number), ("-0", .number),
            ("-0.0e-0", .number), ("1E+400", .number),
            ("123456789012345678901234567890", .number), ("0.1", .number), ("true", .literal), ("\tnull\r\n", .literal),
            ("false", .literal),
            (#"{"a":{"b":[1,2,{"c":null}]},"":""}"#, .object), (#""\"\\\/\b\f\n\r\t\u00e9\uD83C\uDFAC""#, .string),
            ("\"\u{7F}\u{2028}🎬\"", .string),
        ] as [(String, JSONText.Kind)])
    func valid(text: String, kind: JSONText.Kind) throws {
        #expect(try JSONText.check(text.bytes).kind == kind)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{,}", "{\"a\"}", "{\"a\":}",
            "{\"a\":1,}", "{a:1}", "{'a':1}",
            "{\"a\":1 \"b\":2}", "{1:2}", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\", "\"\\u",
            "\"a\nb\"", "\"\u{0}\"",
            "\"\u{1F}\"",
            "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x1", "-01", "1_0", "NaN", "Infinity", "-Infinity",
            "tru", "truee", "True", "nul",
            "nulll",
            "1 2", "{} {}", "[]x", "//", "[1]//c", "/**/1", " \u{FEFF}1", "1\u{FEFF}", "\u{FEFF}", "\u{FEFF}\u{FEFF}1",
            "\u{A0}1", "\u{0}", "1\u{0}", "undefined",
            "'a'",
        ])
    func invalid(text: String) throws {
        let error = try #require(throws: LarderError.self) { try JSONText.check(text.bytes) }
        #expect(error.code == .notJSON)
        #expect(error.message.contains("at byte"))
    }

    @Test("is UTF-8", arguments: InvalidUTF8.all)
    func notUTF8(bytes: [UInt8]) throws {
        let error = try #require(throws: LarderError.self) { try JSONText.check("\"".bytes + bytes + "\"".bytes) }
        #expect(error.message.contains("not UTF-8"))
    }

    @Test("nests 64 levels and no more", arguments: [("[", "]"), ("{\"a\":", "}")])
    func depth(open: String, close: String) throws {
        func nested(_ count: Int) -> [UInt8] {
            let core = open == "[" ? "[]" : "{}"
            return (String(repeating: open, count: count - 1) + core + String(repeating: close, count: count - 1)).bytes
        }
        #expect(try JSONText.check(nested(64)).range.count == nested(64).count)
        let error = try #require(throws: LarderError.self) { try JSONText.check(nested(65)) }
        #expect(error.message.contains("64 levels"))
        // A bomb is refused at the limit, not at the end of the stack.
        #expect(throws: LarderError.self) {
            try JSONText.check([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test("names the byte where it goes wrong")
    func position() throws {
        let error = try #require(throws: LarderError.self) { try JSONText.check(#"{"é":tru}"#.bytes) }
        #expect(error.message.contains("at byte 6 "))
    }

    // MARK: Against Foundation

    @Test("is read as Foundation reads it", arguments: 0..<8)
    func againstFoundation(seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<150 {
            let text = RandomJSON.document(&random)
            let ours = try JSONText.check(text.bytes)
            let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            let rebuilt = try Self.rebuild(ours, in: text.bytes)
            #expect((rebuilt as? NSObject) == (theirs as? NSObject), "\(text)")
        }
    }

    @Test("is refused where Foundation refuses it", arguments: 0..<8)
    func malformedAgainstFoundation(seed: UInt64) {
        var random = Seeded(seed &+ 50)
        var refused = 0
        for _ in 0..<400 {
            var bytes = RandomJSON.document(&random).bytes
            for _ in 0..<Int.random(in: 1...2, using: &random) { RandomJSON.damage(&bytes, &random) }
            guard let object = Self.outcome(of: bytes) else { continue }
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            #expect(object == theirs, "\(bytes.text)")
            if !object { refused += 1 }
        }
        #expect(refused > 0, "damage that never harms tests nothing")
    }

    /// Whether the bytes are JSON; nil where Foundation and RFC 8259 part ways: it sniffs UTF-16, refuses half a
    /// surrogate pair, and numbers beyond a double.
    private static func outcome(of bytes: [UInt8]) -> Bool? {
        guard isValidUTF8(bytes), !bytes.contains(0), !bytes.isEmpty, !bytes.text.contains("\\ud") else { return nil }
        return (try? JSONText.check(bytes)) != nil
    }

    /// What Foundation makes of the value, built from our cuts.
    private static func rebuild(_ value: JSONText.Value, in bytes: [UInt8]) throws -> Any {
        switch value.kind {
        case .array: try JSONText.items(of: value, in: bytes).map { try rebuild($0, in: bytes) }
        case .object:
            Dictionary(
                try JSONText.members(of: value, in: bytes).map { ($0.name.text, try rebuild($0.value, in: bytes)) },
                uniquingKeysWith: { _, last in last })
        case .string: JSONText.unescape(bytes[value.range].dropFirst().dropLast()).text
        case .number, .literal:
            try JSONSerialization.jsonObject(with: Data(bytes[value.range]), options: .fragmentsAllowed)
        }
    }

    // MARK: Cutting

    @Test("may have a byte order mark before it, which belongs to no value")
    func byteOrderMark() throws {
        let text = "\u{FEFF} {\"a\":1}".bytes
        let value = try JSONText.check(text)
        #expect(text[value.range].text == #"{"a":1}"#)
        #expect(try JSONText.members(of: value, in: text).map(\.name.text) == ["a"])
        #expect(JSONText.onOneLine(text[...]).text == #" {"a":1}"#)
        #expect(throws: LarderError.self) { try JSONText.check([0xEF, 0xBB] + "{}".bytes) }
    }

    @Test("is cut into no more items and members than are wanted", arguments: 0...5)
    func limits(count: Int) throws {
        let array = "[\((0..<count).map(String.init).joined(separator: " , "))]".bytes
        let items = try JSONText.items(of: try JSONText.check(array), in: array, limit: 3)
        #expect(items?.count == (count > 3 ? nil : count))
        let object = "{\((0..<count).map { "\"k\": \($0)" }.joined(separator: " , "))}".bytes
        let members = try JSONText.members(of: try JSONText.check(object), in: object, limit: 3)
        #expect(members?.count == (count > 3 ? nil : count))
    }

    @Test(
        "counts a repeated name once, with its last value, whatever the number of members", arguments: [3, 16, 17, 40])
    func lastOfEachName(count: Int) throws {
        let fields = (0..<count).map { #""k\#($0)":\#($0)"# } + [#""\u006b1":"last""#]
        let text = "{\(fields.joined(separator: ","))}".bytes
        let members = try JSONText.members(of: try JSONText.check(text), in: text)
        let names = members.lastOfEachName.map(\.name.text)
        #expect(members.count == count + 1)
        #expect(names == (0..<count).filter { $0 != 1 }.map { "k\($0)" } + ["k1"])
        #expect(members.dropLast().map { $0 }.lastOfEachName.count == count)
    }

    @Test("is cut into items and members where they lie")
    func cuts() throws {
        let text = #" [ 1.0 , {"a" : [ ] , "\u0061":"x"} ,"]" ] "#.bytes
        let array = try JSONText.check(text)
        let items = try JSONText.items(of: array, in: text)
        #expect(items.map { Array(text[$0.range]).text } == ["1.0", #"{"a" : [ ] , "\u0061":"x"}"#, #""]""#])
        #expect(items.map(\.kind) == [.number, .object, .string])
        let members = try JSONText.members(of: items[1], in: text)
        #expect(members.map(\.name.text) == ["a", "a"])
        #expect(members.map { Array(text[$0.nameRange]).text } == [#""a""#, #""\u0061""#])
        #expect(members.map { Array(text[$0.value.range]).text } == ["[ ]", #""x""#])
    }

    @Test("of another kind has no items and no members")
    func wrongKind() throws {
        let text = "{}".bytes
        let object = try JSONText.check(text)
        #expect(throws: LarderError.self) { try JSONText.items(of: object, in: text) }
        #expect(try JSONText.members(of: object, in: text).isEmpty)
        let array = try JSONText.check("[]".bytes)
        #expect(throws: LarderError.self) { try JSONText.members(of: array, in: "[]".bytes) }
    }

    @Test(
        "on one line is the same but for line breaks",
        arguments: [("{\r\n \"a\": 1\n}", "{ \"a\": 1}"), ("[1]", "[1]"), ("[\"\\n\",\n2]", "[\"\\n\",2]")])
    func onOneLine(text: String, expected: String) {
        #expect(JSONText.onOneLine(text.bytes[...]).text == expected)
    }

    // MARK: Strings

    @Test(
        "has escapes that are undone, lone surrogates too",
        arguments: [
            (#"\u0041\n\/"#, "A\n/"), (#"\ud83c\udfac"#, "🎬"), (#"\ud83c"#, "\u{FFFD}"), (#"\udfac"#, "\u{FFFD}"),
            (#"\ud83cx"#, "\u{FFFD}x"),
            (#"\ud83c\u0041"#, "\u{FFFD}A"), (#"\ud83c\ud83c\udfac"#, "\u{FFFD}🎬"), (#"\u0000"#, "\u{0}"),
            (#"\\u0041"#, #"\u0041"#),
        ])
    func unescape(text: String, expected: String) {
        #expect(JSONText.shown(JSONText.unescape(text.bytes[...])) == expected)
    }

    @Test("keeps lone surrogates apart from each other and from U+FFFD, and is written with the same escapes")
    func loneSurrogates() throws {
        let texts = [#"\ud83d"#, #"\ud83c"#, #"\udfac"#, #"\ufffd"#, #"\udfac\ud83c"#, #"a\ud800b"#, #"\udfff\udfff"#]
            .map { $0.replacing("\\\\", with: "\\") }
        let characters = texts.map { JSONText.unescape($0.bytes[...]) }
        #expect(Set(characters).count == texts.count)
        for (text, characters) in zip(texts, characters) {
            let quoted = JSONText.quote(characters)
            #expect(try JSONText.check(quoted).kind == .string)
            #expect(JSONText.unescape(quoted.dropFirst().dropLast()) == characters)
            #expect(text == #"\ufffd"# || quoted.dropFirst().dropLast().elementsEqual(text.utf8))
            #expect(Identifier(validating: characters) == nil || text == #"\ufffd"#)
        }
        #expect(JSONText.unescape(#"\uD83C\uDFAC"#.bytes[...]) == "🎬".bytes)
        #expect(JSONText.quote("\u{D7FF}\u{E000}\u{D000}".utf8) == "\"\u{D7FF}\u{E000}\u{D000}\"".bytes)
    }

    @Test("is quoted so that it comes back")
    func quote() throws {
        var random = Seeded(11)
        for _ in 0..<2_000 {
            let text = random.text(0...30)
            let quoted = JSONText.quote(text.utf8)
            #expect(try JSONText.check(quoted).kind == .string)
            #expect(JSONText.unescape(quoted.dropFirst().dropLast()) == text.bytes)
            let decoded = try JSONSerialization.jsonObject(with: Data(quoted), options: .fragmentsAllowed) as? String
            #expect(decoded.map { Array($0.utf8) } == text.bytes)
        }
    }

    @Test("in ASCII says the same")
    func asciiOnly() throws {
        #expect(JSONText.asciiOnly(#"{"é":"🎬a\n"}"#.bytes).text == #"{"\u00e9":"\ud83c\udfaca\n"}"#)
        #expect(JSONText.asciiOnly("{\"a\": 1}".bytes).text == "{\"a\": 1}")
    }
}

@Suite("Canonical JSON")
struct CanonicalJSONTests {
    private func canonical(_ text: String) throws -> String {
        try CanonicalJSON.text(of: JSONText.check(text.bytes), in: text.bytes).text
    }

    @Test(
        "is the same text for all ways of writing one value",
        arguments: [
            (#"{"b":1,"a":2}"#, #"{ "a" : 2.0, "b" : 1e0 }"#), (#""\u0041""#, #""A""#), ("-0", "0"), ("0.10", "1e-1"),
            ("[ ]", "[]"), ("100", "1E2"),
            (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#"["\/"]"#, #"["/"]"#), ("9007199254740993", "9007199254740992"),
            ("1e400", "2e400"), (#""\ud83d\ude00""#, "\"😀\""), (#""\ud83d""#, #""\uD83D""#),
            ("\u{FEFF}[1]", "[1]"),
        ])
    func same(one: String, other: String) throws {
        #expect(try canonical(one).bytes == canonical(other).bytes)
    }

    @Test(
        "differs for values that differ",
        arguments: [
            ("1", "2"), ("1", "\"1\""), ("null", "false"), ("[]", "{}"), ("[1,2]", "[2,1]"), (#"{"a":1}"#, #"{"b":1}"#),
            ("\"é\"", "\"e\u{301}\""), (#""\ud83d""#, #""\ud83c""#), (#""\ud83d""#, "\"\u{FFFD}\""),
            (#"{"\ud83d":1}"#, #"{"\ud83c":1}"#), (#""\ude00\ud83d""#, #""\ud83d\ude00""#),
            ("[[]]", "[]"),
        ])
    func different(one: String, other: String) throws {
        #expect(try canonical(one).bytes != canonical(other).bytes)
    }

    @Test("is the same after a client has read and written it")
    func property() throws {
        var random = Seeded(12)
        for _ in 0..<300 {
            let text = RandomJSON.document(&random)
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            let written = try JSONSerialization.data(
                withJSONObject: object, options: [.fragmentsAllowed, .prettyPrinted, .sortedKeys])
            #expect(try canonical(text) == canonical(String(decoding: written, as: UTF8.self)))
        }
    }
}
