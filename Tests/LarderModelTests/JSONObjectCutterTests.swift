import LarderModel
import Testing

@Suite("An array of objects that is cut as it comes")
struct JSONObjectCutterTests {
    private static func cut(_ text: String, pieces size: Int = .max, objectMax: Int = 1_000) throws -> [String] {
        var cutter = JSONObjectCutter(objectMax: objectMax)
        var objects: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(piece.count)
            try piece.withUnsafeBytes { try cutter.feed($0) { objects.append(String(decoding: $0, as: UTF8.self)) } }
        }
        try cutter.finish()
        return objects
    }

    private static let text = "\u{FEFF} [ {\"a\":\"}]{\\\"\\\\\"} ,\r\n{\"b\":[{\"c\":{}},\"é\"]},{}\t] \n"
    private static let objects = ["{\"a\":\"}]{\\\"\\\\\"}", "{\"b\":[{\"c\":{}},\"é\"]}", "{}"]

    @Test("is the same however it is cut", arguments: 1...60)
    func everySize(size: Int) throws { #expect(try Self.cut(Self.text, pieces: size) == Self.objects) }

    @Test("may be empty", arguments: ["[]", " [ ] "])
    func empty(text: String) throws { #expect(try Self.cut(text).isEmpty) }

    @Test(
        "is refused when it is none",
        arguments: [
            "", " ", "{}", "[", "[{}", "[{},", "[{},]", "[,{}]", "[{} {}]", "[1]", "[\"a\"]", "[null]", "[[]]", "[]]",
            "[] x", "null", "x[]", "[{\"a\":\"]", " \u{FEFF}[]",
        ])
    func refused(text: String) {
        let error = #expect(throws: LarderError.self) { try Self.cut(text) }
        #expect(error?.code == .notJSON)
    }

    @Test("has objects of at most so many bytes")
    func tooLarge() throws {
        #expect(try Self.cut("[{\"a\":1}]", objectMax: 7) == ["{\"a\":1}"])
        for size in [1, 3, .max] {
            let error = #expect(throws: LarderError.self) { try Self.cut("[{\"a\":1}]", pieces: size, objectMax: 6) }
            #expect(error?.code == .entryTooLarge)
        }
    }
}

@Suite("The ID of a namespace")
struct NamespaceIDTests {
    @Test("is 32 hexadecimal digits, of whichever case")
    func text() throws {
        let text = "00112233445566778899aabbccddeeff"
        let id = try #require(NamespaceID(hex: text.utf8))
        #expect(id.description == text)
        #expect(NamespaceID(hex: text.uppercased().utf8) == id)
        #expect(NamespaceID(bytes: id.bytes) == id)
        #expect(id.bytes.count == 16)
    }

    @Test(
        "is nothing else", arguments: ["", "0", String(repeating: "0", count: 31), String(repeating: "g", count: 32)])
    func others(text: String) { #expect(NamespaceID(hex: text.utf8) == nil) }
}

@Suite("Metadata of any JSON")
struct AnyMetadataTests {
    @Test(
        "are kept as they are, and show as {} elsewhere when they are no object",
        arguments: ["null", "0", "false", "\"\"", "[]"])
    func kept(json: String) throws {
        let metadata = try Metadata(anyJSON: Array(" \(json) ".utf8), maxBytes: 1_024, maxDepth: 8)
        #expect(metadata.json == Array(json.utf8))
        #expect(metadata.object == Array("{}".utf8))
        #expect(metadata.isEmpty && metadata != .none)
        #expect(metadata.contentType == nil)
    }

    @Test("are an object elsewhere when they are one, and an empty one is kept apart from none")
    func objects() throws {
        let metadata = try Metadata(anyJSON: Array(#"{"a":1}"#.utf8), maxBytes: 7, maxDepth: 8)
        #expect(metadata.object == Array(#"{"a":1}"#.utf8))
        #expect(try Metadata(anyJSON: Array("{}".utf8), maxBytes: 7, maxDepth: 8) != .none)
    }

    @Test("are refused when they are none, or too long")
    func refused() {
        #expect(throws: LarderError.self) { try Metadata(anyJSON: Array("x".utf8), maxBytes: 7, maxDepth: 8) }
        let error = #expect(throws: LarderError.self) {
            try Metadata(anyJSON: Array(#"{"a":11}"#.utf8), maxBytes: 7, maxDepth: 8)
        }
        #expect(error?.code == .entryTooLarge)
    }
}
