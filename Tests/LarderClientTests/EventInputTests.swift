import Testing

@testable import LarderClient

@Suite("Events from a pipe")
struct EventInputTests {
    private func read(_ pieces: String...) throws -> [String] {
        var input = EventInput()
        var batches: [[UInt8]] = []
        for piece in pieces { batches += try input.feed(piece.utf8) }
        return try (batches + input.finish()).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("come as one object or array, over any number of lines")
    func documents() throws {
        #expect(try read(#"{"a":1}"#) == [#"{"a":1}"#])
        #expect(try read("{\n", "\"a\":1\n}\n") == ["{\n\"a\":1\n}\n"])
        #expect(try read("[{},\n{}]\n") == ["[{},\n{}]\n"])
        #expect(try read("", " \n\n") == [])
    }

    @Test("come a line each, and are given when their line is complete")
    func lines() throws {
        var input = EventInput()
        #expect(try input.feed("{\"a\":1}\n\n{\"b\"".utf8) == [Array(#"[{"a":1}]"#.utf8)])
        #expect(try input.feed(":2}\r\n{}\n{".utf8) == [Array("[{\"b\":2}\r,{}]".utf8)])
        #expect(try input.feed("}".utf8) == [])
        #expect(try input.finish() == [Array("[{}]".utf8)])
        #expect(try input.finish() == [])
    }

    @Test("are objects and nothing else", arguments: ["1", "\"a\"", "{", "{}\n1\n", "{}\n[]", "nonsense\n"])
    func refused(text: String) {
        #expect(throws: LarderClientError.self) { try read(text) }
    }

    @Test("are sent in several requests when they are many")
    func batches() throws {
        let line = #"{"text":"\#(String(repeating: "x", count: 600_000))"}"#
        #expect(try read("\(line)\n\(line)\n").map(\.count) == [line.count + 2, line.count + 2])
    }
}
