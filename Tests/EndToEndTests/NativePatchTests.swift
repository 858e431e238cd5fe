import NIOHTTP1
import Testing

/// Contract 4.2: `PATCH`, RFC 7396.
@Suite("Merge patches", .server)
struct NativePatchTests {
    private func patch(
        _ target: String, _ body: String,
        _ headers: KeyValuePairs<String, String> = ["content-type": "application/merge-patch+json"]
    )
        async throws -> Reply
    {
        try await server.send(.PATCH, target, headers, .text(body))
    }

    @Test(
        "The examples of RFC 7396, appendix A",
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
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func examples(_ original: String, _ change: String, _ expected: String) async throws {
        let target = Native.entry(Fresh.store(), "doc.json")
        let before = try await server.put(target, original, ["content-type": "application/json"])
        let reply = try await patch(target, change)
        expectStatus(reply, 200)
        let after = try await server.get(target)
        #expect(try after.json == JSON(expected), "\(after.text)")
        #expect(after.header("content-type")?.hasPrefix("application/json") == true)
        #expect(after.etag == reply.etag)
        if original != expected { #expect(after.etag != before.etag) }
    }

    @Test("The answer is the entry, as PUT gives it")
    func answer() async throws {
        let target = Native.entry(Fresh.store(), "doc.json")
        let put = try await server.put(
            target, #"{"a":1}"#, ["content-type": "application/json", "larder-metadata": #"{"m":1}"#])
        let reply = try await patch(target, #"{"b":2}"#)
        #expect(try reply.json["key"] == "doc.json")
        #expect(try reply.json["etag"].string == reply.etag)
        #expect(try reply.json["createdAt"] == put.json["createdAt"])
    }

    @Test("A missing entry is created, nulls left out")
    func missing() async throws {
        let target = Native.entry(Fresh.store(), "doc.json")
        let reply = try await patch(target, #"{"a":1,"b":null,"c":{"d":null}}"#)
        expectStatus(reply, 200, 201)
        let after = try await server.get(target)
        #expect(try after.json == ["a": 1, "c": JSON.object([:])])
        #expect(after.header("content-type")?.hasPrefix("application/json") == true)
    }

    @Test("With If-Match it is a compare-and-set")
    func ifMatch() async throws {
        let target = Native.entry(Fresh.store(), "doc.json")
        let type = "application/merge-patch+json"
        try expectError(try await patch(target, #"{"a":1}"#, ["content-type": type, "if-match": "\"none\""]), 412)
        expectStatus(try await server.get(target), 404)
        let first = try #require(try await server.put(target, #"{"a":1}"#, ["content-type": "application/json"]).etag)
        let second = try await patch(target, #"{"a":2}"#, ["content-type": type, "if-match": first])
        expectStatus(second, 200)
        try expectError(try await patch(target, #"{"a":3}"#, ["content-type": type, "if-match": first]), 412)
        try expectError(try await patch(target, #"{"a":3}"#, ["content-type": type, "if-match": "unquoted"]), 412)
        #expect(try await server.get(target).json == ["a": 2])
    }

    @Test(
        "A patch that is not JSON is 422 and changes nothing",
        arguments: ["", "{", "not json", #"{"a":1} x"#, #"{'a':1}"#, "{\"a\":\"\u{1}\"}"])
    func notJSON(_ body: String) async throws {
        let target = Native.entry(Fresh.store(), "doc.json")
        try requireStatus(try await server.put(target, #"{"a":1}"#, ["content-type": "application/json"]), 201)
        try expectError(try await patch(target, body), 422, code: "not_json")
        #expect(try await server.get(target).text == #"{"a":1}"#)
    }

    @Test("Twenty patches at once all arrive")
    func concurrent() async throws {
        let server = try server
        let target = Native.entry(Fresh.store(), "doc.json")
        try requireStatus(try await server.put(target, #"{"start":true}"#, ["content-type": "application/json"]), 201)
        let replies = try await concurrently(20, width: 20) {
            try await server.send(
                .PATCH, target, ["content-type": "application/merge-patch+json"], .text("{\"f\($0)\":\($0)}"))
        }
        #expect(replies.allSatisfy { $0.status == 200 }, "\(replies.map(\.status))")
        let document = try await server.get(target).json
        #expect(document.names == Set((0..<20).map { "f\($0)" } + ["start"]))
    }

    @Test("A patch that makes the entry too large is 413, and the old value stays")
    func tooLarge() async throws {
        let target = Native.entry(Fresh.store("evals"), "r/evaluation.json")
        let half = String(repeating: "x", count: 600)
        try requireStatus(
            try await server.put(target, "{\"a\":\"\(half)\"}", ["content-type": "application/json"]), 201)
        try expectError(try await patch(target, "{\"b\":\"\(half)\"}"), 413, code: "entry_too_large")
        #expect(try await server.get(target).json.names == ["a"])
    }
}
