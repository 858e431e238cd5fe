import NIOHTTP1
import Testing

/// Contract §4.4.
@Suite("The learning memory", .server)
struct MemoryTests {
    private func memory() throws -> MemoryProject { MemoryProject(on: try server) }

    @Test("A new project has an empty document with exactly the contract's fields")
    func empty() async throws {
        let memory = try memory()
        let reply = try await memory.read()
        #expect(
            reply.text
                == #"{"user_preferences":{"favorite_moods":[],"preferred_duration":null,"disliked_music_styles":[]},"video_history":[],"learned_patterns":{"successfulCombinations":[]}}"#
        )
        expectStatus(try await memory.server.head(memory.target), 200)
        expectStatus(try await memory.server.get(memory.document), 404)
    }

    @Test("The document is the entry of the store memory")
    func entry() async throws {
        let memory = try memory()
        try await memory.record("r1")
        let direct = try await memory.server.get(memory.document)
        let read = try await memory.read()
        #expect(direct.text == read.text && direct.etag == read.etag)
        let again = try await memory.server.get(memory.target, ["if-none-match": try #require(read.etag)])
        expectStatus(again, 304)
    }

    @Test("A run recorded again is changed and keeps its rating")
    func again() async throws {
        let memory = try memory()
        expectStatus(try await memory.record("r1", more: #","timestamp":"2026-05-10T06:12:47.000Z","take":2.50"#), 201)
        try await memory.rate("r1", "good")
        expectStatus(try await memory.record("r1", mood: "calm", theme: "other"), 200)
        let item = try await memory.item("r1")
        #expect(
            item["rating"] == "good" && item["mood"] == "calm" && item["theme"] == "other"
                && item["timestamp"] == "2026-05-10T06:12:47.000Z")
        #expect(try await memory.read().text.contains(#""take":2.50"#))
    }

    @Test(
        "A rating is an evaluation entry with its comment, under whatever name it came",
        arguments: ["comments", "feedback", "comment"])
    func evaluation(_ name: String) async throws {
        let memory = try memory()
        try await memory.record("r1")
        let rated = try await memory.rate("r1", "bad", more: #","\#(name)":"Too slow""#)
        #expect(try rated.json["counted"] == true)
        let entry = try await memory.server.get(memory.evaluation("r1"))
        expectStatus(entry, 200)
        let json = try entry.json
        #expect(json["rating"] == "bad" && json["comments"] == "Too slow" && json["projectId"].string == memory.project)
        #expect(try Netlify.metadata(of: entry)?["rating"] == "bad")
    }

    @Test("A comment that makes the evaluation larger than 1 KB is refused with the limit, and nothing changes")
    func longComment() async throws {
        let memory = try memory()
        try await memory.record("r1")
        let before = try await memory.read()
        let body =
            #"{"runId":"\#(memory.run("r1"))","rating":"good","comments":"\#(String(repeating: "x", count: 1_000))"}"#
        let reply = try await memory.server.send(
            .POST, memory.target + "/ratings", ["content-type": "application/json"], .text(body))
        try expectError(reply, 413)
        #expect(try reply.json["error"]["message"].string?.contains("1KB") == true)
        #expect(try await memory.read().text == before.text)
        expectStatus(try await memory.server.get(memory.evaluation("r1")), 404)
    }

    @Test(
        "What can't be is 422 and names the field",
        arguments: [
            ("ratings", #"{"runId":"x","rating":"great"}"#, "rating"), ("ratings", #"{"rating":"good"}"#, "runId"),
            ("ratings", "{", "JSON"),
            ("runs", #"{"runId":"x","mood":"a","musicStyle":"b"}"#, "theme"),
            ("runs", #"{"runId":"x","theme":1,"mood":"a","musicStyle":"b"}"#, "theme"),
        ])
    func refused(part: String, body: String, field: String) async throws {
        let memory = try memory()
        let reply = try await memory.server.send(
            .POST, "\(memory.target)/\(part)", ["content-type": "application/json"], .text(body))
        try expectError(reply, 422)
        #expect(try reply.json["error"]["message"].string?.contains(field) == true)
    }

    @Test("A rating that comes first waits for its run")
    func waiting() async throws {
        let memory = try memory()
        let rated = try await memory.rate("r1", "good")
        #expect(try rated.json["counted"] == false)
        #expect(try await memory.json()["video_history"].items.isEmpty)
        try await memory.record("r1")
        #expect(try await memory.item("r1")["rating"] == "good")
        #expect(try await memory.json()["learned_patterns"]["successfulCombinations"][0]["successRate"] == 1)
    }

    @Test("Preferences that a person set stay, whatever is rated, until null gives them back")
    func preferences() async throws {
        let memory = try memory()
        let patch: (String) async throws -> Reply = { body in
            try await memory.server.send(
                .PATCH, memory.target + "/preferences", ["content-type": "application/merge-patch+json"], .text(body))
        }
        expectStatus(try await patch(#"{"preferred_duration":45,"favorite_moods":["calm"],"captions":true}"#), 200)
        for i in 0..<4 {
            try await memory.record("r\(i)", more: #","duration":42"#)
            try await memory.rate("r\(i)", "good")
        }
        var preferences = try await memory.json()["user_preferences"]
        #expect(
            preferences["preferred_duration"] == 45 && preferences["favorite_moods"] == ["calm"]
                && preferences["captions"] == true)
        expectStatus(try await patch(#"{"preferred_duration":null,"favorite_moods":null}"#), 200)
        preferences = try await memory.json()["user_preferences"]
        #expect(
            preferences["preferred_duration"] == 42 && preferences["favorite_moods"] == ["uplifting"]
                && preferences["captions"] == true)
        try expectError(try await patch(#"{"favorite_moods":"calm"}"#), 422)
        try expectError(
            try await memory.server.send(
                .PATCH, memory.target + "/preferences", ["content-type": "text/plain"], .text("{}")), 415)
    }

    @Test("Suggestions are ranked, explained, and the same for the same seed")
    func suggestions() async throws {
        let memory = try memory()
        for i in 0..<4 {
            try await memory.record("r\(i)")
            try await memory.rate("r\(i)", i == 3 ? "bad" : "good")
        }
        try await memory.record("s", mood: "calm", style: "drone")
        try await memory.rate("s", "bad")
        let first = try await memory.server.get(memory.target + "/suggestions?count=3&seed=7")
        expectStatus(first, 200)
        let second = try await memory.server.get(memory.target + "/suggestions?count=3&seed=7")
        #expect(first.text == second.text)
        let best = try first.json["suggestions"][0]
        #expect(
            best["mood"] == "uplifting" && best["musicStyle"] == "piano" && best["successRate"] == 0.75
                && best["trials"] == 4)
        #expect(abs(try #require(best["lowerBound"].double) - 0.3006) < 0.001)
        #expect(best["reason"].string?.contains("3 of 4") == true)
        try expectError(try await memory.server.get(memory.target + "/suggestions?count=0"), 400)
        try expectError(try await memory.server.get(memory.target + "/suggestions?seed=x"), 400)
    }

    @Test(
        "Wrong methods, paths and tokens are refused",
        arguments: [
            (405, "PUT", ""), (405, "GET", "/runs"), (405, "GET", "/rebuild"), (404, "GET", "/nothing"),
            (405, "POST", "/suggestions"),
        ])
    func wrong(status: Int, method: String, part: String) async throws {
        let memory = try memory()
        try expectError(try await memory.server.send(.init(rawValue: method), memory.target + part), status)
        try expectError(try await memory.server.send(.GET, memory.target, as: .nobody), 401)
    }

    @Test("Projects, and sites, do not see each other")
    func apart() async throws {
        let one = try memory(), other = try memory()
        try await one.record("r1")
        #expect(try await other.json()["video_history"].items.isEmpty)
        #expect(try await one.server.get(one.target + "?site=elsewhere").json["video_history"].items.isEmpty)
    }

    @Test("A forgotten project is a new one, but for its evaluations")
    func forget() async throws {
        let memory = try memory()
        try await memory.record("r1")
        try await memory.rate("r1", "good")
        expectStatus(try await memory.server.delete(memory.target), 204)
        #expect(try await memory.json()["video_history"].items.isEmpty)
        expectStatus(try await memory.server.get(memory.evaluation("r1")), 200)
        try expectError(try await memory.server.delete(memory.target), 404)
        try await memory.record("r1")
        #expect(try await memory.item("r1")["rating"] == "good")
    }
}
