import NIOHTTP1
import Testing

/// What other writers do to the memory: old code on the Netlify face, whole documents, a run's own entries.
@Suite("The memory follows from entries, whoever writes them", .server)
struct MemoryFoldTests {
    private func memory() throws -> MemoryProject { MemoryProject(on: try server) }

    @Test(
        "An evaluation written by old code counts, a change of it too, and its removal takes it back",
        arguments: Face.allCases)
    func evaluation(_ face: Face) async throws {
        let memory = try memory()
        try await memory.record("r1")
        let target = face.target("evals", "\(memory.run("r1"))/evaluation.json")
        let body = { (rating: String) in
            #"{"projectId":"\#(memory.project)","runId":"\#(memory.run("r1"))","rating":"\#(rating)"}"#
        }
        expectStatus(try await memory.server.put(target, body("good")), face.created)
        #expect(try await memory.item("r1")["rating"] == "good")
        expectStatus(try await memory.server.put(target, body("bad")), 200)
        #expect(try await memory.json()["learned_patterns"]["successfulCombinations"][0]["successRate"] == 0)
        expectStatus(try await memory.server.delete(target), 204)
        #expect(try await memory.item("r1")["rating"].isNull)
        #expect(try await memory.json()["learned_patterns"]["successfulCombinations"].items.isEmpty)
    }

    @Test(
        "An evaluation without a project counts for the project that knows the run, whichever comes first",
        arguments: [true, false])
    func unclaimed(_ isRunFirst: Bool) async throws {
        let memory = try memory()
        if isRunFirst { try await memory.record("r1") }
        expectStatus(try await memory.server.put(memory.evaluation("r1"), #"{"rating":"good"}"#), 200)
        if !isRunFirst { try await memory.record("r1") }
        #expect(try await memory.item("r1")["rating"] == "good")
    }

    @Test("What is no evaluation is just an entry", arguments: ["no JSON", "[]", #"{"rating":"great"}"#, ""])
    func noEvaluation(_ content: String) async throws {
        let memory = try memory()
        try await memory.record("r1")
        try await memory.rate("r1", "good")
        expectStatus(try await memory.server.put(memory.evaluation("r1"), content), 200)
        #expect(try await memory.server.get(memory.evaluation("r1")).text == content)
        #expect(try await memory.item("r1")["rating"].isNull)
    }

    @Test("Removing all evaluations at once takes all of them back")
    func removeAll() async throws {
        let memory = MemoryProject(on: try server)
        for i in 0..<5 {
            try await memory.record("r\(i)")
            try await memory.rate("r\(i)", "good")
        }
        expectStatus(try await memory.server.delete(Native.entries("evals", "prefix=\(memory.project)-")), 200)
        #expect(try await memory.json()["video_history"].items.allSatisfy { $0["rating"].isNull })
    }

    // MARK: Joining

    private static let index =
        #"{"brief":{"mood":"uplifting","videoLength":12},"createdAt":"2026-05-10T06:12:47.000Z"}"#
    private static let record =
        #"{"createdAt":"2026-05-10T06:12:47.000Z","brief":{"mood":"uplifting","videoLength":12},"agentResults":{"writer":{"data":{"theme":"coast-weekend"}},"composer":{"data":{"genre":"piano"}}}}"#

    private func writeRun(_ memory: MemoryProject, _ name: String, stores: String = "", recordPadding: Int = 0)
        async throws
    {
        let run = memory.run(name), project = memory.project
        let padding =
            recordPadding > 0 ? #","log":"\#(String(decoding: Bytes.prose(recordPadding), as: UTF8.self))"}"# : "}"
        expectStatus(
            try await memory.server.put(
                Netlify.edge(stores + "runs", "\(project)/\(run).json"), String(Self.record.dropLast()) + padding), 200)
        expectStatus(
            try await memory.server.put(
                Netlify.edge(stores + "runs", "projects/\(project)/runs/\(run)/index.json"), Self.index), 200)
        let tags = Netlify.metadata(#"{"mood":"uplifting","genre":"piano","duration":"20"}"#)
        expectStatus(
            try await memory.server.put(
                Netlify.edge(stores + "audio", "projects/\(project)/runs/\(run)/music.mp3"), "music",
                ["x-amz-meta-user": tags]), 200)
    }

    @Test(
        "A rating of a run that was never recorded is joined with the run's own entries, whichever comes first",
        arguments: [
            ("", true, 0), ("", false, 0), ("", true, 60_000), ("", false, 60_000), ("acme-", true, 0),
            ("acme-", false, 60_000),
        ])
    func join(stores: String, isRunFirst: Bool, recordPadding: Int) async throws {
        let memory = try memory()
        if isRunFirst { try await writeRun(memory, "r1", stores: stores, recordPadding: recordPadding) }
        try await memory.rate("r1", "good")
        if !isRunFirst {
            #expect(try await memory.item("r1").isNull)
            try await writeRun(memory, "r1", stores: stores, recordPadding: recordPadding)
        }
        let item = try await memory.item("r1")
        #expect(
            item["mood"] == "uplifting" && item["musicStyle"] == "piano" && item["theme"] == "coast-weekend"
                && item["rating"] == "good", "\(item)")
        #expect(item["timestamp"] == "2026-05-10T06:12:47.000Z")
        let bytes = try await memory.read().text
        #expect(try await memory.rebuild().text == bytes)
        // The run is known through its rating only.
        expectStatus(try await memory.server.delete(memory.evaluation("r1")), 204)
        #expect(try await memory.item("r1").isNull)
    }

    @Test("An app's own stores go together: acme-evals teaches acme-memory, also where old code keeps its ratings")
    func family() async throws {
        let memory = try memory()
        try await writeRun(memory, "r1", stores: "fam-")
        let key = "\(memory.project)/\(memory.run("r1"))/2026-05-10T06:12:47.000Z.json"
        let body =
            #"{"projectId":"\#(memory.project)","runId":"\#(memory.run("r1"))","rating":"good","metadata":{"theme":"t","style":"s"}}"#
        expectStatus(try await memory.server.put(Netlify.edge("fam-evals", key), body), 200)
        let document = try await memory.server.get(Native.entry("fam-memory", "\(memory.project)/memory_index.json"))
        expectStatus(document, 200)
        #expect(
            try document.json["learned_patterns"]["successfulCombinations"] == [
                ["mood": "uplifting", "musicStyle": "piano", "successRate": 1]
            ])
        #expect(try await memory.server.get(memory.target + "?store=fam-memory").text == document.text)
        #expect(try await memory.json()["video_history"].items.isEmpty)
    }

    // MARK: Whole documents

    @Test("A document written whole is read back as it was, and ratings fold on top of it")
    func whole() async throws {
        let memory = try memory()
        let document =
            #"{ "user_preferences": {"favorite_moods":["calm"],"preferred_duration":4.5e1,"disliked_music_styles":[],"x":1}, "video_history": [{"runId":"\#(memory.run("a"))","timestamp":"2026-05-10T06:12:47.000Z","rating":null,"theme":"t","musicStyle":"piano","mood":"calm","likes":2.0}], "learned_patterns": {"successfulCombinations":[{"mood":"dark","musicStyle":"drone","successRate":0.40}]}, "version": 3 }"#
        let target = Netlify.edge("memory", "\(memory.project)/memory_index.json")
        let put = try await memory.server.put(target, document, ["x-amz-meta-user": Netlify.metadata(#"{"by":"old"}"#)])
        expectStatus(put, 200)
        let read = try await memory.server.get(target)
        #expect(read.text == document && read.etag == put.etag)
        #expect(try await memory.rebuild().text == document)
        try await memory.rate("a", "good")
        let folded = try await memory.read().text
        for part in [
            #""likes":2.0"#, #""version":3"#, #""x":1"#, #""preferred_duration":4.5e1"#, #""successRate":0.40"#,
            #""rating":"good""#,
        ] {
            #expect(folded.contains(part), "\(part) in \(folded)")
        }
        #expect(try Netlify.metadata(of: try await memory.server.get(target))?["by"] == "old")
    }

    @Test("A stale whole write loses neither runs nor ratings")
    func stale() async throws {
        let memory = try memory()
        try await memory.record("r1")
        let before = try await memory.read()
        try await memory.rate("r1", "good")
        try await memory.record("r2")
        let after = try await memory.read().text
        let put = try await memory.server.put(
            Netlify.edge("memory", "\(memory.project)/memory_index.json"), before.body)
        expectStatus(put, 200)
        let read = try await memory.read()
        #expect(read.text == after)
        #expect(put.etag == read.etag, "the answer's ETag is the one of what stands there now")
    }

    @Test(
        "A document that can't be is refused with the field's name, and the old one stays",
        arguments: [
            (#"{"video_history":[{"runId":"a","rating":"great"}]}"#, "video_history[0].rating"), ("not JSON", "JSON"),
            (#"{"user_preferences":{"preferred_duration":"long"}}"#, "user_preferences.preferred_duration"),
        ])
    func invalid(document: String, field: String) async throws {
        let memory = try memory()
        try await memory.record("r1")
        let before = try await memory.read().text
        for target in [memory.document, Netlify.edge("memory", "\(memory.project)/memory_index.json")] {
            let reply = try await memory.server.put(target, document)
            try expectError(reply, 422)
            #expect(try reply.json["error"]["message"].string?.contains(field) == true, "\(reply)")
        }
        #expect(try await memory.read().text == before)
        let patched = try await memory.server.send(
            .PATCH, memory.document, ["content-type": "application/merge-patch+json"], .text(#"{"video_history":7}"#))
        try expectError(patched, 422)
    }

    @Test("An old shape is converted and its original kept", arguments: ["array", "camelCase", "ratings"])
    func oldShape(_ shape: String) async throws {
        let memory = try memory()
        let run =
            #"{"runId":"\#(memory.run("a"))","timestamp":"2026-05-10T06:12:47.000Z","rating":"good","theme":"t","musicStyle":"piano","mood":"calm"}"#
        let old =
            switch shape {
            case "array": "[\(run)]"
            case "camelCase": #"{"userPreferences":{"favoriteMoods":["dark"]},"videoHistory":[\#(run)]}"#
            default: #"{"ratings":{"\#(memory.run("a"))":"good"},"runs":[\#(run)]}"#
            }
        let put = try await memory.server.put(Netlify.edge("memory", "\(memory.project)/memory_index.json"), old)
        expectStatus(put, 200)
        let read = try await memory.read()
        #expect(put.etag == read.etag)
        #expect(try read.json["video_history"].items.count == 1)
        #expect(try read.json["learned_patterns"]["successfulCombinations"][0]["successRate"] == 1)
        if shape == "camelCase" { #expect(try read.json["user_preferences"]["favorite_moods"] == ["dark"]) }
        let original = try await memory.server.get(
            Native.entry("memory", "\(memory.project)/memory_index.original-1.json"))
        #expect(original.text == old)
        #expect(try await memory.rebuild().text == read.text)
    }

    @Test("A removed document comes back with a rebuild, choices included")
    func removed() async throws {
        let memory = try memory()
        try await memory.record("r1")
        try await memory.rate("r1", "good")
        expectStatus(
            try await memory.server.send(
                .PATCH, memory.target + "/preferences", ["content-type": "application/merge-patch+json"],
                .text(#"{"preferred_duration":45}"#)), 200)
        let before = try await memory.read().text
        expectStatus(try await memory.server.delete(memory.document), 204)
        #expect(try await memory.rebuild().text == before)
    }
}
