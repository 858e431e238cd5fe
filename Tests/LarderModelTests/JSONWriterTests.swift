import Foundation
import LarderModel
import LarderTestSupport
import Testing

@Suite("A JSON writer")
struct JSONWriterTests {
    private static func written(_ write: (inout JSONWriter) throws -> Void) rethrows -> String {
        var out = JSONWriter()
        try write(&out)
        return out.bytes.text
    }

    // MARK: Forms

    @Test("puts commas between items and fields, however deep, and none at beginnings and ends")
    func commas() {
        let text = Self.written { out in
            out.openObject()
            out.name("a")
            out.openArray()
            out.openArray()
            out.closeArray()
            out.value(1)
            out.openObject()
            out.closeObject()
            out.openObject()
            out.field("b", true)
            out.field("c", false)
            out.closeObject()
            out.null()
            out.closeArray()
            out.field("d", "e")
            out.name("f")
            out.object { $0.field("g", texts: []) }
            out.closeObject()
        }
        #expect(text == #"{"a":[[],1,{},{"b":true,"c":false},null],"d":"e","f":{"g":[]}}"#)
    }

    @Test("writes a value alone")
    func alone() {
        #expect(Self.written { $0.value("a") } == #""a""#)
        #expect(Self.written { $0.null() } == "null")
        #expect(Self.written { $0.array([1, 2, 3]) { $0.value($1) } } == "[1,2,3]")
        #expect(Self.written { _ in } == "")
    }

    @Test("writes nil as null")
    func nulls() {
        let text = Self.written { out in
            out.object {
                $0.field("a", String?.none)
                $0.field("b", number: nil)
                $0.field("c", Timestamp?.none)
            }
        }
        #expect(text == #"{"a":null,"b":null,"c":null}"#)
    }

    @Test(
        "writes whole numbers to their ends",
        arguments: [
            0, 1, -1, 9, 10, -10, 99, 100, 1_234_567_890, .max, .min, .max - 1, .min + 1,
        ] as [Int64])
    func integers(number: Int64) {
        #expect(Self.written { $0.value(number) } == String(number))
        #expect(Self.written { $0.value(Int(number)) } == String(number))
        #expect(Self.written { $0.value(UInt64(bitPattern: number)) } == String(UInt64(bitPattern: number)))
    }

    @Test(
        "writes other numbers as JavaScript does",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.5, "0.5"), (0.1 + 0.2, "0.30000000000000004"),
            (1e14, "100000000000000"), (999_999_999_999_999, "999999999999999"), (2.0 / 3, "0.6666666666666666"),
        ] as [(Double, String)])
    func doubles(number: Double, expected: String) { #expect(Self.written { $0.value(number) } == expected) }

    @Test("writes a moment in ISO 8601")
    func times() {
        let time = Timestamp(milliseconds: 1_778_393_567_007)
        #expect(Self.written { $0.value(time) } == "\"\(time.iso8601)\"")
    }

    @Test(
        "escapes quotes, backslashes and controls, and nothing else",
        arguments: [
            ("", #""""#), ("a", #""a""#), (#"""#, #""\"""#), (#"\"#, #""\\""#), (#"a"b\c"#, #""a\"b\\c""#),
            ("\n\r\t\u{0}\u{1F}\u{7F}", #""\u000a\u000d\u0009\u0000\u001f\u007f""#),
            ("/é漢🎬\u{2028}", "\"/é漢🎬\u{2028}\""),
            ("\u{1}a", #""\u0001a""#), ("a\u{1}", #""a\u0001""#),
        ])
    func escapes(text: String, expected: String) {
        #expect(Self.written { $0.value(text) } == expected)
        #expect(Self.written { $0.value(quoting: text.utf8) } == expected)
        #expect(Self.written { $0.value(quoting: text.bytes[...]) } == expected)
        // A collection without contiguous bytes.
        #expect(Self.written { $0.value(quoting: text.utf8.lazy.map { $0 }) } == expected)
        #expect(
            Self.written {
                $0.object {
                    $0.name(quoting: text.utf8); $0.null()
                }
            } == "{\(expected):null}")
    }

    @Test("takes in JSON that is there already")
    func raw() {
        let text = Self.written { out in
            out.openObject()
            out.members(raw: [])
            out.members(raw: #""a":1,"b":2"#.utf8)
            out.members(raw: [])
            out.name(raw: #""\u0063""#.utf8)
            out.value(raw: "[ 1 ]".utf8)
            out.field("d", raw: "{}".utf8)
            out.closeObject()
        }
        #expect(text == #"{"a":1,"b":2,"\u0063":[ 1 ],"d":{}}"#)
    }

    @Test("goes on where it was after what was written is taken")
    func taking() {
        var out = JSONWriter()
        var text: [UInt8] = []
        out.openArray()
        text += out.take()
        #expect(out.bytes.isEmpty)
        for i in 0..<3 {
            out.value(i)
            text += out.take()
        }
        out.closeArray()
        #expect((text + out.take()).text == "[0,1,2]")
    }

    // MARK: Property

    @Test("writes what a decoder reads back", arguments: 0..<40)
    func property(seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<50 {
            let tree = JSONTree.random(&random)
            var out = JSONWriter()
            tree.write(to: &out, &random)
            #expect(try JSONText.check(out.bytes).range == out.bytes.indices, "\(out.bytes.text)")
            let read = try JSONDecoder().decode(JSONTree.self, from: Data(out.bytes))
            #expect(read == tree, "\(out.bytes.text)")
        }
    }
}
