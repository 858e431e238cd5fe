import Testing

/// Answers of the memory that said what was not so.
@Suite("Strangers: what the memory answers", .server)
struct MemoryAnswerTests {
    @Test("A run that could never be rated is not recorded", arguments: ["a/b", "/", "/a", "a/"])
    func slash(_ name: String) async throws {
        let memory = MemoryProject(on: try server)
        let run = memory.run(name)
        let body = #"{"runId":"\#(run)","theme":"t","mood":"m","musicStyle":"s"}"#
        let recorded = try await server.send(.POST, memory.target + "/runs", [:], .text(body))
        try expectError(recorded, 422, code: "invalid_document")
        #expect(try recorded.json["error"]["message"].string?.contains("runId") == true)
        #expect(try await memory.json()["video_history"].items.isEmpty)
        let rated = try await server.send(
            .POST, memory.target + "/ratings", [:], .text(#"{"runId":"\#(run)","rating":"good"}"#))
        try expectError(rated, 422)
        let messages = [try recorded.json["error"]["message"].string, try rated.json["error"]["message"].string]
        #expect(messages[0] == messages[1], "the two say it in the same words")
    }

    @Test("A run with a long name that can be recorded can be rated", arguments: [1, 100, 200])
    func long(_ size: Int) async throws {
        let server = try server
        let memory = MemoryProject(on: server)
        let run = String((Fresh.name("r") + String(repeating: "x", count: size)).prefix(max(size, 10)))
        let body = #"{"runId":"\#(run)","theme":"t","mood":"m","musicStyle":"s"}"#
        expectStatus(try await server.send(.POST, memory.target + "/runs", [:], .text(body)), 201)
        let rating = #"{"runId":"\#(run)","rating":"good"}"#
        expectStatus(try await server.send(.POST, memory.target + "/ratings", [:], .text(rating)), 201)
    }

    @Test(
        "What a rating may be is said in the same words, whatever it was", arguments: ["\"Good\"", "null", "5", "\"\""])
    func rating(_ value: String) async throws {
        let memory = MemoryProject(on: try server)
        let body = #"{"runId":"\#(memory.run("r"))","rating":\#(value)}"#
        let reply = try await server.send(.POST, memory.target + "/ratings", [:], .text(body))
        try expectError(reply, 422, code: "invalid_document")
        let message = try #require(try reply.json["error"]["message"].string)
        let rule = message.components(separatedBy: "it must be ").last
        #expect(rule == #""good" or "bad"."#, "\(message)")
    }
}

/// Memory writes are writes.
@Suite("Strangers: the memory and a full disk", .ownServers)
struct MemoryDiskGuardTests {
    @Test("Runs, ratings, preferences and rebuilds are 507 while the guard is on; reading and forgetting go on")
    func guarded() async throws {
        try await LarderProcess.with { server in
            let memory = MemoryProject(on: server)
            try await memory.record("r")
            try await server.stop()
            try await server.start(adding: ["--min-free", "9000000GB"])
            let before = try await memory.read().text
            let run = #"{"runId":"\#(memory.run("r2"))","theme":"t","mood":"m","musicStyle":"s"}"#
            let rating = #"{"runId":"\#(memory.run("r"))","rating":"good"}"#
            for (part, body) in [("runs", run), ("ratings", rating)] {
                let reply = try await server.send(.POST, "\(memory.target)/\(part)", [:], .text(body))
                try expectError(reply, 507, code: "disk_full")
            }
            let wish = try await server.send(
                .PATCH, memory.target + "/preferences", ["content-type": "application/json"],
                .text(#"{"favorite_moods":["m"]}"#))
            try expectError(wish, 507, code: "disk_full")
            try expectError(try await server.send(.POST, memory.target + "/rebuild"), 507, code: "disk_full")
            #expect(try await memory.read().text == before)
            expectStatus(try await server.get(memory.evaluation("r")), 404)
            expectStatus(try await server.delete(memory.target), 204)
        }
    }
}
