import Foundation
import LarderModel
import LarderTestSupport
import Testing

@Suite("A merge patch")
struct MergePatchTests {
    private static func apply(_ patch: String, to target: String?) throws -> String {
        try MergePatch.apply(patch.bytes, to: target?.bytes).text
    }

    @Test(
        "does what RFC 7396 appendix A says",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
            (#"{"a":"foo"}"#, #"null"#, #"null"#),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func appendixA(target: String, patch: String, expected: String) throws {
        #expect(try Self.apply(patch, to: target) == expected)
    }

    @Test("of the RFC's §3 leaves the rest of the document as it is")
    func section3() throws {
        let target = """
            {"title": "Goodbye!", "author" : {"givenName" : "John", "familyName" : "Doe"}, "tags":[ "example", \
            "sample" ], "content": "This will be unchanged"}
            """
        let patch =
            #"""
            {"title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": {"familyName": null}, "tags": [ \#
            "example" ]}
            """#
        let expected =
            #"""
            {"title":"Hello!","author":{"givenName":"John"},"tags":[ "example" ],"content":"This will be \#
            unchanged","phoneNumber":"+01-123-456-7890"}
            """#
        #expect(try Self.apply(patch, to: target) == expected)
    }

    @Test("keeps the bytes of what it does not name: number forms, order, escapes, names as written")
    func bytes() throws {
        let target =
            #"""
            {"z":1.50,"big":12345678901234567890,"e":1E+2,"s":"\u0041\/","\u006e":-0.0,"deep":{"y":[ 1 , 2.0 \#
            ],"x":0.10}}
            """#
        #expect(
            try Self.apply(#"{"n":7,"deep":{"x":1}}"#, to: target)
                == #"""
                {"z":1.50,"big":12345678901234567890,"e":1E+2,"s":"\u0041\/","\u006e":7,"deep":{"y":[ 1 , 2.0 \#
                ],"x":1}}
                """#
        )
    }

    @Test(
        "makes an entry that is missing, without the patch's nulls",
        arguments: [(#"{"a":1,"b":null,"c":{"d":null}}"#, #"{"a":1,"c":{}}"#), ("[1,null]", "[1,null]"), (" 1 ", "1")])
    func missing(patch: String, expected: String) throws {
        #expect(try Self.apply(patch, to: nil) == expected)
    }

    @Test("counts a repeated name once, with its last value")
    func repeated() throws {
        #expect(try Self.apply(#"{"a":1,"a":2}"#, to: #"{"a":0,"b":1,"b":2}"#) == #"{"a":2,"b":2}"#)
        #expect(try Self.apply(#"{"a":1,"a":null}"#, to: #"{"a":0}"#) == "{}")
    }

    @Test("tells names apart by their characters, not by how they are written or composed")
    func names() throws {
        #expect(try Self.apply(#"{"\u0061":2}"#, to: #"{"a":1}"#) == #"{"a":2}"#)
        #expect(try Self.apply("{\"e\u{301}\":2}", to: "{\"\u{E9}\":1}") == "{\"\u{E9}\":1,\"e\u{301}\":2}")
    }

    @Test(
        "tells lone surrogates apart",
        arguments: [
            (#"{"k\ud83d":1,"k\ud83c":2}"#, #"{"x":1}"#, #"{"k\ud83d":1,"k\ud83c":2,"x":1}"#),
            (#"{"k\ud83d":1,"k\ud83c":2}"#, #"{"k\uD83D":null}"#, #"{"k\ud83c":2}"#),
            ("{\"k\u{FFFD}\":1,\"k\\ude00\":2}", #"{"k\ufffd":null}"#, #"{"k\ude00":2}"#),
            (#"{"\ude00\ud83d":1,"\ud83d\ude00":2}"#, "{\"\u{1F600}\":null}", #"{"\ude00\ud83d":1}"#),
        ])
    func loneSurrogates(target: String, patch: String, expected: String) throws {
        #expect(try Self.apply(patch, to: target) == expected)
    }

    @Test("looks at 100,000 fields and no more, its own and those that it enters")
    func membersMax() throws {
        func object(_ count: Int) -> String { "{\((0..<count).map { "\"\($0)\":0" }.joined(separator: ","))}" }
        #expect(try Self.apply(object(99_999), to: #"{"a":1}"#).utf8.count > 99_999)
        #expect(try Self.apply(#"{"b":1}"#, to: object(99_999)).hasSuffix(#","b":1}"#))
        // What it does not enter is not counted.
        #expect(try Self.apply(#"{"b":1}"#, to: "{\"a\":\(object(100_001))}").hasSuffix(#"},"b":1}"#))
        for (patch, target) in [(object(100_000), #"{"a":1}"#), (#"{"b":1}"#, object(100_000))] {
            let error = try #require(throws: LarderError.self) { try Self.apply(patch, to: target) }
            #expect(error.code == .entryTooLarge && error.message.contains("100000"))
        }
    }

    @Test(
        "is refused when it or its target is not JSON",
        arguments: [
            ("{", "{}", "body"), ("", "{}", "body"), ("{}", "not json", "stored entry"), ("{}", "", "stored entry"),
        ])
    func refused(patch: String, target: String, names: String) throws {
        let error = try #require(throws: LarderError.self) { try Self.apply(patch, to: target) }
        #expect(error.code == .notJSON)
        #expect(error.message.contains(names))
    }

    @Test("replaces a target that is not JSON when it is no object")
    func replaces() throws {
        #expect(try Self.apply("[1]", to: "not json") == "[1]")
    }

    @Test("gives what RFC 7396 §2's own algorithm gives", arguments: 0..<8)
    func property(seed: UInt64) throws {
        var random = Seeded(seed &+ 200)
        for _ in 0..<100 {
            let (patch, target) = (RandomJSON.document(&random), RandomJSON.document(&random))
            func object(_ text: String) throws -> Any {
                try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            }
            let expected = Self.reference(try object(patch), try object(target))
            let merged = try Self.apply(patch, to: target)
            #expect((try object(merged) as? NSObject) == (expected as? NSObject), "\(patch) on \(target)")
        }
    }

    private static func reference(_ patch: Any, _ target: Any?) -> Any {
        guard let patch = patch as? [String: Any] else { return patch }
        var result = target as? [String: Any] ?? [:]
        for (name, value) in patch {
            if value is NSNull { result[name] = nil } else { result[name] = reference(value, result[name]) }
        }
        return result
    }
}
