import Foundation
import NIOHTTP1
import Testing

/// Two spellings of one text that Unicode calls canonically equal, and Swift's `String` too.
struct Twins: Sendable, CustomTestStringConvertible {
    let name: String
    let one: String
    let other: String
    var testDescription: String { name }

    static let all = [
        Twins(name: "e with acute", one: "caf\u{E9}", other: "cafe\u{301}"),
        Twins(name: "the other order", one: "cafe\u{301}", other: "caf\u{E9}"),
        Twins(name: "Angstrom", one: "\u{212B}", other: "\u{C5}"),
        Twins(name: "Ohm", one: "\u{2126}", other: "\u{3A9}"),
        Twins(name: "Hangul", one: "\u{1112}\u{1161}\u{11AB}", other: "\u{D55C}"),
        Twins(name: "two marks", one: "e\u{323}\u{302}", other: "\u{1EC7}"),
        // An ASCII letter has one as well.
        Twins(name: "Kelvin", one: "\u{212A}", other: "K"),
    ]
}

/// Identifiers are bytes: what looks alike is not the same.
@Suite("Strangers: runs whose IDs are canonically equal", .server)
struct TwinRunTests {
    private struct Fixture {
        let memory: MemoryProject
        let one: String
        let other: String

        init(_ twins: Twins, _ server: LarderProcess) {
            memory = MemoryProject(on: server)
            one = memory.run(twins.one)
            other = memory.run(twins.other)
        }

        func record(_ run: String, _ mood: String) async throws {
            let body = #"{"runId":"\#(run)","theme":"t","mood":"\#(mood)","musicStyle":"x"}"#
            expectStatus(try await memory.server.send(.POST, memory.target + "/runs", [:], .text(body)), 201)
        }

        /// The history's item whose ID has these bytes.
        func item(_ run: String) async throws -> JSON {
            try await memory.json()["video_history"].items.first { sameBytes($0["runId"].string, run) } ?? .null
        }
    }

    @Test("Both are recorded, each is rated for itself, and a rebuild makes the same bytes", arguments: Twins.all)
    func record(_ twins: Twins) async throws {
        let fixture = Fixture(twins, try server), memory = fixture.memory
        try await fixture.record(fixture.one, "a")
        try await fixture.record(fixture.other, "b")
        #expect(try await memory.json()["video_history"].items.count == 2)
        #expect(try await fixture.item(fixture.one)["mood"] == "a")
        #expect(try await fixture.item(fixture.other)["mood"] == "b")
        let rating = #"{"runId":"\#(fixture.other)","rating":"bad"}"#
        let rated = try await server.send(.POST, memory.target + "/ratings", [:], .text(rating))
        expectStatus(rated, 201)
        #expect(try rated.json["counted"] == true)
        #expect(try await fixture.item(fixture.one)["rating"].isNull)
        #expect(try await fixture.item(fixture.other)["rating"] == "bad")
        let before = try await memory.read().body
        #expect(try await memory.rebuild().body == before)
    }

    @Test("An evaluation that is written as an entry rates its own run", arguments: Twins.all)
    func evaluation(_ twins: Twins) async throws {
        let fixture = Fixture(twins, try server)
        try await fixture.record(fixture.one, "a")
        try await fixture.record(fixture.other, "b")
        let json = #"{"projectId":"\#(fixture.memory.project)","runId":"\#(fixture.other)","rating":"good"}"#
        expectStatus(
            try await server.put(Netlify.edge("evals", percent(fixture.other) + "/evaluation.json"), json), 200)
        #expect(try await fixture.item(fixture.one)["rating"].isNull)
        #expect(try await fixture.item(fixture.other)["rating"] == "good")
        // It goes, and takes nobody else's rating with it.
        expectStatus(try await server.delete(Netlify.edge("evals", percent(fixture.other) + "/evaluation.json")), 204)
        #expect(try await fixture.item(fixture.other)["rating"].isNull)
        #expect(try await fixture.memory.json()["video_history"].items.count == 2)
    }

    @Test("An old client's whole document keeps both", arguments: Twins.all)
    func document(_ twins: Twins) async throws {
        let fixture = Fixture(twins, try server)
        let items = [fixture.one, fixture.other].enumerated().map { number, run in
            #"{"runId":"\#(run)","timestamp":"2026-05-0\#(number + 1)T00:00:00Z","rating":null,"theme":"t\#(number)","#
                + #""musicStyle":"x"}"#
        }
        let document =
            #"{"user_preferences":{"favorite_moods":[],"preferred_duration":null,"disliked_music_styles":[]},"#
            + #""video_history":[\#(items.joined(separator: ","))],"learned_patterns":{"successfulCombinations":[]}}"#
        expectStatus(try await server.put(fixture.memory.document, document), 201)
        #expect(try await fixture.item(fixture.one)["theme"] == "t0")
        #expect(try await fixture.item(fixture.other)["theme"] == "t1")
        // A client that writes one of them only takes the other away: no twin stands in for it.
        let shorter = document.replacing("," + items[1], with: "")
        expectStatus(try await server.put(fixture.memory.document, shorter), 200)
        #expect(try await fixture.memory.json()["video_history"].items.count == 1)
        #expect(try await fixture.item(fixture.other).isNull)
    }

    @Test("Ratings of an old document's map stay with their own runs", arguments: Twins.all)
    func oldDocument(_ twins: Twins) async throws {
        let fixture = Fixture(twins, try server)
        let old =
            #"{"runs":[{"run_id":"\#(fixture.one)","theme":"t0"},{"run_id":"\#(fixture.other)","theme":"t1"}],"#
            + #""ratings":{"\#(fixture.other)":"good"}}"#
        expectStatus(try await server.put(fixture.memory.document, old), 201)
        #expect(try await fixture.item(fixture.one)["rating"].isNull)
        #expect(try await fixture.item(fixture.other)["rating"] == "good")
    }
}

@Suite("Strangers: other names that are canonically equal", .server)
struct TwinNameTests {
    @Test("Projects, runs, keys, stores, idempotency keys and tokens' stores keep them apart", arguments: Twins.all)
    func apart(_ twins: Twins) async throws {
        let server = try server
        let one = percent(twins.one), other = percent(twins.other)
        let project = Fresh.name("twin-"), store = Fresh.store()
        for (number, run) in [one, other].enumerated() {
            let reply = try await server.send(
                .POST, "/v1/progress/\(project)/\(run)", ["idempotency-key": number == 0 ? twins.one : twins.other],
                .text(#"{"n":\#(number)}"#))
            expectStatus(reply, 200)
            #expect(try reply.json["last"] == 1)
            expectStatus(try await server.put(Native.entry(store, run), "\(number)"), 201)
            expectStatus(try await server.put(Native.entry("\(store)-\(run)", "k"), "\(number)"), 201)
            let body = #"{"runId":"\#(project)-r","theme":"t","mood":"m\#(number)","musicStyle":"x"}"#
            expectStatus(
                try await server.send(.POST, "/v1/memory/\(project)-\(run)/runs", [:], .text(body)), 201)
        }
        for (number, name) in [one, other].enumerated() {
            #expect(try await server.get(Native.entry(store, name)).text == "\(number)")
            #expect(try await server.get(Native.entry("\(store)-\(name)", "k")).text == "\(number)")
            let memory = try await server.get("/v1/memory/\(project)-\(name)").json
            #expect(memory["video_history"].items.map { $0["mood"].string } == ["m\(number)"])
        }
        let token = try #require(
            try await server.makeToken(#"{"scopes":["read"],"stores":["\#(store)-\#(twins.one)"]}"#)["token"].string)
        expectStatus(try await server.get(Native.entry("\(store)-\(one)", "k"), as: .bearer(token)), 200)
        expectStatus(try await server.get(Native.entry("\(store)-\(other)", "k"), as: .bearer(token)), 403)
    }
}

/// Decision H.
@Suite("Strangers: words for people are compared in NFC and shown as first written", .server)
struct TwinWordTests {
    @Test("Mood and music style of two spellings are one combination", arguments: Twins.all)
    func combination(_ twins: Twins) async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("r1", mood: twins.one, style: twins.one, more: #","timestamp":"2026-05-01T00:00:00Z""#)
        try await memory.record(
            "r2", mood: twins.other, style: twins.other, more: #","timestamp":"2026-05-02T00:00:00Z""#)
        try await memory.rate("r1", "good")
        try await memory.rate("r2", "bad")
        let document = try await memory.json()
        let combinations = document["learned_patterns"]["successfulCombinations"].items
        #expect(combinations.count == 1)
        #expect(combinations.first?["successRate"].double == 0.5)
        #expect(sameBytes(combinations.first?["mood"].string, twins.one), "shown as first written")
        #expect(sameBytes(combinations.first?["musicStyle"].string, twins.one))
        // The runs themselves are shown as each was told.
        #expect(sameBytes(document["video_history"][1]["mood"].string, twins.other))
        #expect(try await memory.rebuild().json == document)
    }

    @Test("A list of favourites holds each word once", arguments: Twins.all)
    func favourites(_ twins: Twins) async throws {
        let memory = MemoryProject(on: try server)
        let patch = #"{"favorite_moods":["\#(twins.one)","\#(twins.other)"]}"#
        let reply = try await server.send(
            .PATCH, memory.target + "/preferences", ["content-type": "application/merge-patch+json"], .text(patch))
        expectStatus(reply, 200)
        let moods = try reply.json["favorite_moods"].items
        #expect(moods.count == 1)
        #expect(sameBytes(moods.first?.string, twins.one))
    }
}

/// Twins that meet inside one transaction, or in a report.
@Suite("Strangers: names that are canonically equal and change together", .server)
struct TwinTransactionTests {
    private func document(_ project: String, _ app: String) async throws -> JSON {
        let reply = try await server.get("/v1/memory/\(percent(project))?store=\(app)-memory")
        try requireStatus(reply, 200)
        return try reply.json
    }

    private func rate(_ project: String, _ run: String, _ app: String, key: String? = nil) async throws {
        let json =
            #"{"projectId":"\#(project)","runId":"\#(run)","rating":"good","theme":"t","mood":"m","musicStyle":"s"}"#
        let target = Native.entry("\(app)-evals", percent(key ?? run) + "/evaluation.json")
        expectStatus(try await server.put(target, json), 200, 201)
    }

    @Test("Two projects' evaluations that go in one step leave both documents", arguments: Twins.all)
    func removal(_ twins: Twins) async throws {
        let app = Fresh.name("app")
        for (number, project) in [twins.one, twins.other].enumerated() { try await rate(project, "r\(number)", app) }
        for project in [twins.one, twins.other] {
            #expect(try await document(project, app)["video_history"].items.count == 1)
        }
        expectStatus(try await server.delete("/v1/stores/\(app)-evals/entries?all=true"), 200)
        for project in [twins.one, twins.other] {
            #expect(try await document(project, app)["video_history"].items.isEmpty)
        }
    }

    @Test("An evaluation that moves to the other project leaves the first", arguments: Twins.all)
    func move(_ twins: Twins) async throws {
        let app = Fresh.name("app")
        try await rate(twins.one, "r", app)
        try await rate(twins.other, "r", app)
        #expect(try await document(twins.one, app)["video_history"].items.isEmpty)
        #expect(try await document(twins.other, app)["video_history"].items.count == 1)
        // Nor does an entry of the one's run bring the other's rating along.
        let run = Native.entry("\(app)-runs", "projects/\(percent(twins.one))/runs/r/index.json")
        expectStatus(try await server.put(run, #"{"theme":"t"}"#), 201)
        #expect(try await document(twins.one, app)["video_history"].items.isEmpty)
    }

    @Test("A report by stores has a line for each", arguments: Twins.all)
    func report(_ twins: Twins) async throws {
        let start = Fresh.name("report")
        for name in [twins.one, twins.other] {
            expectStatus(try await server.put(Native.entry("\(start)-\(percent(name))-runs", "k"), "x"), 201)
        }
        let job = try await server.finish(
            try await server.begin("cleanup", #"{"dryRun":true,"olderThan":"0s"}"#))
        let text = try await server.get("/v1/admin/jobs/\(try #require(job["id"].string))").body
        for name in [twins.one, twins.other] {
            #expect(text.firstRange(of: bytes("\(start)-\(name)-runs")) != nil, "\(name) is not in the report")
        }
    }
}

/// A lone surrogate is no text: read as U+FFFD it would be another identifier, and two of them one.
@Suite("Strangers: identifiers in JSON that are no Unicode text", .server)
struct LoneSurrogateIdentifierTests {
    static let bodies = [
        ("POST /v1/memory/p/runs", #"{"runId":"r{s}","theme":"t","mood":"m","musicStyle":"s"}"#),
        ("POST /v1/memory/p/ratings", #"{"runId":"r{s}","rating":"good"}"#),
        ("POST /.netlify/functions/progress", #"{"projectId":"p{s}","agent":"a"}"#),
        ("POST /.netlify/functions/progress", #"{"projectId":"p","runId":"r{s}","agent":"a"}"#),
        ("POST /v1/sign", #"{"store":"s","key":"k{s}"}"#), ("POST /v1/sign", #"{"store":"s{s}","key":"k"}"#),
        ("POST /v1/admin/cleanup", #"{"dryRun":true,"project":"p{s}"}"#),
        ("POST /v1/admin/cleanup", #"{"dryRun":true,"store":"s{s}"}"#),
        ("POST /v1/admin/tokens", #"{"scopes":["read"],"stores":["s{s}"]}"#),
        (
            "PUT /v1/stores/memory/entries/lone/memory_index.json",
            #"{"video_history":[{"runId":"r{s}","rating":null}]}"#
        ),
    ]

    @Test("It is refused, and names nothing", arguments: bodies, [#"\ud83d"#, #"\ude00x"#, #"\ude00\ud83d"#])
    func refused(_ row: (String, String), _ surrogate: String) async throws {
        let words = row.0.split(separator: " ").map(String.init)
        let reply = try await server.send(
            .init(rawValue: words[0]), words[1], ["content-type": "application/json"],
            .text(row.1.replacing("{s}", with: surrogate)))
        try expectError(reply, 400, 422)
    }

    @Test("An evaluation's is none that counts; the entry is kept as it came")
    func evaluation() async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("\u{FFFD}")
        let json = #"{"projectId":"\#(memory.project)","runId":"\#(memory.project)-\ud83d","rating":"bad"}"#
        let target = Netlify.edge("evals", "\(memory.project)-else/evaluation.json")
        expectStatus(try await server.put(target, json), 200)
        #expect(try await server.get(target).text == json)
        #expect(try await memory.item("\u{FFFD}")["rating"].isNull)
    }

    @Test("U+FFFD itself is a character like any other")
    func replacement() async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("\u{FFFD}")
        try await memory.rate("\u{FFFD}", "good")
        #expect(try await memory.item("\u{FFFD}")["rating"] == "good")
    }
}
