import Foundation
import LarderModel
import LarderTestSupport
import Testing

@Suite("Metadata")
struct MetadataTests {
    @Test(
        "is a JSON object, kept as it was written",
        arguments: [
            (#"{"a":1.50,"b":"\u0041"}"#, #"{"a":1.50,"b":"\u0041"}"#), (#" {"a": 1} "#, #"{"a": 1}"#),
            ("{\n\"a\":\r\n1}", #"{"a":1}"#),
            ("{}", "{}"),
            ("{\n}", "{}"), ("\u{FEFF}{\"a\":1}", "{\"a\":1}"), (#"{"a":1,"a":2}"#, #"{"a":1,"a":2}"#),
        ])
    func valid(text: String, kept: String) throws {
        #expect(try Metadata(json: text.bytes).object.text == kept)
    }

    @Test("of an empty object is none", arguments: ["{}", " {} ", "{\n}"])
    func none(text: String) throws {
        #expect(try Metadata(json: text.bytes) == .none)
        #expect(Metadata.none.isEmpty)
    }

    @Test("is refused otherwise", arguments: ["", "[]", "1", "null", "\"a\"", "{", "{}{}", "{\"a\"}"])
    func invalid(text: String) throws {
        let error = try #require(throws: LarderError.self) { try Metadata(json: text.bytes) }
        #expect(error.code == .invalidMetadata)
    }

    @Test("has at most 2,048 bytes")
    func limit() throws {
        func text(_ count: Int) -> [UInt8] {
            #"{"a":""#.bytes + [UInt8](repeating: 0x61, count: count - 8) + #""}"#.bytes
        }
        #expect(try Metadata(json: text(2_048)).json.count == 2_048)
        #expect(throws: LarderError.self) { try Metadata(json: text(2_049)) }
    }

    @Test(
        "may say the content type",
        arguments: [
            (#"{"contentType":"video/mp4"}"#, "video/mp4"), (#"{"contentType":"text\/plain"}"#, "text/plain"),
            (#"{"content\u0054ype":"a/b"}"#, "a/b"), (#"{"contentType":"a/b","contentType":"c/d"}"#, "c/d"),
            (#"{"contentType":"mp4"}"#, nil), (#"{"contentType":1}"#, nil), (#"{"x":{"contentType":"a/b"}}"#, nil),
            (#"{"contentType":"a/b\r\nx: y"}"#, nil), (#"{"contentType":"a/b\ud83d"}"#, nil), ("{}", nil),
        ] as [(String, String?)])
    func contentType(text: String, expected: String?) throws {
        #expect(try Metadata(json: text.bytes).contentType == expected)
    }
}
