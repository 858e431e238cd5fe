import Foundation
import NIOHTTP1
import Testing

private let patchType: KeyValuePairs<String, String> = ["content-type": "application/merge-patch+json"]

/// JavaScript makes such names with `slice` through an emoji, and `JSON.stringify` writes them as escapes.
@Suite("Strangers: names that hold lone surrogates", .server)
struct LoneSurrogateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let old: String
        let patch: String
        let new: String
        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "a patch that does not name them", old: #"{"k\ud83d":1,"k\ud83c":2,"z":3}"#, patch: #"{"x":1}"#,
            new: #"{"k\ud83d":1,"k\ud83c":2,"z":3,"x":1}"#),
        Row(
            name: "null removes one", old: #"{"k\ud83d":1,"k\ud83c":2}"#, patch: #"{"k\ud83d":null}"#,
            new: #"{"k\ud83c":2}"#),
        Row(
            name: "a patch that sets both", old: "{}", patch: #"{"k\ud83d":1,"k\ud83c":2}"#,
            new: #"{"k\ud83d":1,"k\ud83c":2}"#),
        Row(
            name: "beside U+FFFD, raw and escaped", old: "{\"k\u{FFFD}\":1,\"k\\ude00\":2}",
            patch: #"{"k\ufffd":null}"#,
            new: #"{"k\ude00":2}"#),
        Row(
            name: "in an object within", old: #"{"o":{"\ud800":1,"\udfff":2}}"#, patch: #"{"o":{"x":1}}"#,
            new: #"{"o":{"\ud800":1,"\udfff":2,"x":1}}"#),
        Row(
            name: "the same in capitals is the same", old: #"{"\ud83d":1}"#, patch: #"{"\uD83D":2}"#,
            new: #"{"\ud83d":2}"#),
        Row(
            name: "a low one before a high one is no pair", old: #"{"\ude00\ud83d":1,"\ud83d\ude00":2}"#,
            patch: "{\"\u{1F600}\":null}", new: #"{"\ude00\ud83d":1}"#),
        Row(
            name: "a pair is its character, escaped or raw", old: "{\"\u{1F600}\":1,\"a\":2}",
            patch: #"{"\ud83d\ude00":null,"\u0061":3}"#, new: #"{"a":3}"#),
        Row(
            name: "twins are two names", old: "{\"caf\u{E9}\":1,\"cafe\u{301}\":2}", patch: "{\"cafe\u{301}\":null}",
            new: "{\"caf\u{E9}\":1}"),
    ]

    @Test("A merge patch keeps them apart", arguments: rows)
    func patch(_ row: Row) async throws {
        let target = Native.entry(Fresh.store(), "d")
        expectStatus(try await server.put(target, row.old, ["content-type": "application/json"]), 201)
        expectStatus(try await server.send(.PATCH, target, patchType, .text(row.patch)), 200)
        let stored = try await server.get(target)
        #expect(stored.body == bytes(row.new), "\(stored.text)")
    }

    @Test("A memory document keeps members of its own over its rewrites")
    func document() async throws {
        let memory = MemoryProject(on: try server)
        let extras = #""k\ud83d":1,"k\ud83c":2"#
        let document =
            #"{"user_preferences":{"favorite_moods":[],"preferred_duration":null,"disliked_music_styles":[],"#
            + extras + #"},"video_history":[{"runId":"\#(memory.run("a"))","rating":null,"theme":"t","#
            + #""musicStyle":"x",\#(extras)}],"#
            + #""learned_patterns":{"successfulCombinations":[],\#(extras)},\#(extras)}"#
        expectStatus(try await memory.server.put(memory.document, document), 201)
        try await memory.record("b")
        let text = try await memory.read().text
        #expect(text.components(separatedBy: extras).count == 5, "\(text)")
        #expect(try await memory.rebuild().text == text)
    }

    @Test("A patch of preferences keeps them")
    func preferences() async throws {
        let memory = MemoryProject(on: try server)
        for patch in [#"{"k\ud83d":1,"k\ud83c":2}"#, #"{"x":1}"#, #"{"k\ud83d":null}"#] {
            expectStatus(
                try await server.send(.PATCH, memory.target + "/preferences", patchType, .text(patch)), 200)
        }
        let text = try await memory.read().text
        #expect(text.contains(#""k\ud83c":2"#) && text.contains(#""x":1"#) && !text.contains("d83d"), "\(text)")
    }

    @Test("A run's own fields keep them")
    func run() async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("a", more: #","k\ud83d":1,"k\ud83c":2"#)
        try await memory.rate("a", "good", more: #","k\ud83d":1,"k\ud83c":2"#)
        #expect(try await memory.read().text.contains(#""k\ud83d":1,"k\ud83c":2"#))
        let evaluation = try await server.get(memory.evaluation("a")).text
        #expect(evaluation.contains(#""k\ud83d":1,"k\ud83c":2"#), "\(evaluation)")
    }

    @Test(
        "Events that differ in them only are two events of a whole-array write",
        arguments: [
            (#"{"m":"x\ud83d"}"#, #"{"m":"x\ud83c"}"#), (#"{"m":"x\ud83d"}"#, "{\"m\":\"x\u{FFFD}\"}"),
            (#"{"m":"x\ud83d"}"#, #"{"m":"x\ufffd"}"#), (#"{"x\ud83d":1}"#, #"{"x\ud83c":1}"#),
            (#"{"o":[{"\udc00":1}]}"#, #"{"o":[{"\udc01":1}]}"#), ("{\"m\":\"caf\u{E9}\"}", "{\"m\":\"cafe\u{301}\"}"),
        ])
    func events(_ one: String, _ other: String) async throws {
        let run = ProgressRun(on: try server)
        for event in [one, other] { expectStatus(try await server.put(run.array(), "[\(event)]"), 200) }
        #expect(try await server.get(run.array()).body == bytes("[\(one),\(other)]"))
        // And a client that has read both adds one.
        expectStatus(try await server.put(run.array(), "[\(one),\(other),\(one)]"), 200)
        #expect(try await server.get(run.target + "?tail=0").json["last"] == 3)
    }

    @Test(
        "Events that a reader could write otherwise are still the same",
        arguments: [
            (#"{"m":"\ud83d\ude00"}"#, "{\"m\":\"\u{1F600}\"}"), (#"{"m":"\u0061"}"#, #"{"m":"a"}"#),
            (#"{"m":"\ud83d"}"#, #"{"m":"\uD83D"}"#), (#"{"n":1}"#, #"{"n":1.0}"#),
            (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#),
            (#"{"n":9007199254740992}"#, #"{"n":9007199254740993}"#),
        ])
    func same(_ one: String, _ other: String) async throws {
        let run = ProgressRun(on: try server)
        expectStatus(try await run.append(one), 200)
        expectStatus(try await server.put(run.array(), "[\(other),{}]"), 200)
        #expect(try await server.get(run.target + "?tail=0").json["last"] == 2)
    }
}

/// Decision E.
@Suite("Strangers: a byte order mark before JSON", .server)
struct ByteOrderMarkTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    @Test("A patch's and a target's are skipped; stored bytes stay as they came")
    func patch() async throws {
        let server = try server
        let target = Native.entry(Fresh.store(), "d")
        let old = Self.mark + bytes(#"{"a":1}"#)
        expectStatus(try await server.put(target, old, ["content-type": "application/json"]), 201)
        #expect(try await server.get(target).body == old)
        let patch = Self.mark + bytes(#"{"b":2}"#)
        expectStatus(try await server.send(.PATCH, target, patchType, .bytes(patch)), 200)
        #expect(try await server.get(target).body == bytes(#"{"a":1,"b":2}"#))
    }

    @Test("An append's and an array's are")
    func log() async throws {
        let run = ProgressRun(on: try server)
        for body in [#"{"n":1}"#, #"[{"n":2}]"#] {
            expectStatus(
                try await server.send(.POST, run.target, [:], .bytes(Self.mark + bytes(body))), 200)
        }
        let array = Self.mark + bytes(#"[{"n":1},{"n":2},{"n":3}]"#)
        expectStatus(try await server.put(run.array(), array), 200)
        #expect(try await server.get(run.array()).text == #"[{"n":1},{"n":2},{"n":3}]"#)
        let function = bytes(#"{"projectId":"\#(run.project)","runId":"\#(run.run)","agent":"a"}"#)
        expectStatus(
            try await server.send(.POST, "/.netlify/functions/progress", [:], .bytes(Self.mark + function)), 200)
        #expect(try await run.read()["last"] == 4)
    }

    @Test("An evaluation with one is folded in, and stays as it came")
    func evaluation() async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("r")
        let json = #"{"projectId":"\#(memory.project)","runId":"\#(memory.run("r"))","rating":"good"}"#
        expectStatus(try await server.put(memory.evaluation("r"), Self.mark + bytes(json)), 200)
        #expect(try await memory.item("r")["rating"] == "good")
        #expect(try await server.get(memory.evaluation("r")).body == Self.mark + bytes(json))
    }

    @Test("The memory's own bodies and documents may have one")
    func memory() async throws {
        let memory = MemoryProject(on: try server)
        let run = bytes(#"{"runId":"\#(memory.run("r"))","theme":"t","mood":"m","musicStyle":"s"}"#)
        expectStatus(try await server.send(.POST, memory.target + "/runs", [:], .bytes(Self.mark + run)), 201)
        let rating = bytes(#"{"runId":"\#(memory.run("r"))","rating":"good"}"#)
        expectStatus(try await server.send(.POST, memory.target + "/ratings", [:], .bytes(Self.mark + rating)), 201)
        let wish = Self.mark + bytes(#"{"favorite_moods":["m"]}"#)
        expectStatus(try await server.send(.PATCH, memory.target + "/preferences", patchType, .bytes(wish)), 200)
        let document = Self.mark + (try await memory.read().body)
        expectStatus(try await server.put(memory.document, document), 200)
        try await memory.record("r2")
        #expect(try await memory.json()["video_history"].items.count == 2)
    }

    @Test(
        "So may what administers",
        arguments: [
            "/v1/sign": #"{"store":"media","key":"k"}"#, "/v1/admin/tokens": #"{"scopes":["read"]}"#,
            "/v1/admin/cleanup": #"{"dryRun":true}"#,
        ])
    func administration(_ target: String, _ body: String) async throws {
        // One of its own: a job of a server that tests share would be in their way.
        try await LarderProcess.with { server in
            expectStatus(try await server.send(.POST, target, [:], .bytes(Self.mark + bytes(body))), 200, 201, 202)
        }
    }

    @Test("One in the middle, or half of one, is no JSON", arguments: [[0xEF, 0xBB], [0xFE, 0xFF], [0xFF, 0xFE]])
    func refused(_ start: [UInt8]) async throws {
        let run = ProgressRun(on: try server)
        try expectError(
            try await server.send(.POST, run.target, [:], .bytes(start + bytes(#"{"n":1}"#))), 422, code: "not_json")
        try expectError(
            try await server.send(.POST, run.target, [:], .bytes(bytes("[") + Self.mark + bytes("{}]"))), 422)
    }
}
