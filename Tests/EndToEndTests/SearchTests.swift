import Foundation
import NIOHTTP1
import Testing

/// Vaults: what was said is found, on the native face and by commands.
@Suite("Search", .server)
struct SearchTests {
    private func vault() -> String { Fresh.name("s") + "-vaults" }

    private func search(_ question: String) async throws -> Reply {
        try await post("/v1/search", question)
    }

    private func post(_ target: String, _ body: String) async throws -> Reply {
        try await server.send(.POST, target, ["content-type": "application/json"], .text(body))
    }

    @Test("finds what was said in logs and entries at once, within a session alone, and filters before it chooses")
    func words() async throws {
        let vault = vault()
        let turns = """
            [{"role":"user","content":"Do you like music?","timestamp":"2020-01-01T00:00:00Z","metadata":{"project":"x"}},
             {"role":"assistant","content":"Music, café and rain"},{"role":"user","content":"Good night"}]
            """
        expectStatus(try await post("/v1/stores/\(vault)/logs/session/s1/log", turns), 200)
        expectStatus(
            try await server.put(Native.entry(vault, "core/note"), "Cafe music", ["content-type": "text/plain"]), 201)
        let all = try await search(#"{"in":[{"store":"\#(vault)"}],"text":"MUSIC"}"#).json
        #expect(all["hits"].items.count == 3 && all["mode"] == "words")
        let session = try await search(
            #"{"in":[{"store":"\#(vault)","prefix":"session/s1/"}],"text":"music","windows":"kronos","k":4}"#
        ).json
        #expect(session["hits"].items.count == 2)
        #expect(session["windows"]["hot"] == 1 && session["windows"]["archive"] == 1)
        let said = try await search(
            #"{"in":[{"store":"\#(vault)"}],"text":"music","filter":{"role":["user"],"metadata":{"project":"x"}},"render":{"as":"xml"}}"#
        ).json
        #expect(said["hits"].items.count == 1 && said["hits"][0]["seq"] == 1)
        #expect(said["context"].string?.hasPrefix("<memory_context>\n- ") == true)
        #expect(said["context"].string?.contains("(Wed 1 Jan, 00:00) user: Do you like music?") == true)
        let short = try await server.get("/v1/search?store=\(vault)&q=night").json
        #expect(short["hits"][0]["text"] == "Good night")
    }

    @Test("a session that is forgotten is gone from everywhere, and the core stays as it was")
    func forgets() async throws {
        let vault = vault()
        let body = #"[{"role":"user","content":"secret music"},{"role":"assistant","content":"secret rain"}]"#
        for session in ["s1", "s2"] {
            expectStatus(try await post("/v1/stores/\(vault)/logs/session/\(session)/log", body), 200)
        }
        expectStatus(
            try await server.put(Native.entry(vault, "core/note"), "secret core", ["content-type": "text/plain"]), 201)
        let core = try await server.get(Native.entry(vault, "core/note"))
        func count() async throws -> Int {
            try await search(#"{"in":[{"store":"\#(vault)"}],"text":"secret","k":100}"#).json["hits"].items.count
        }
        // What both sessions say counts once.
        #expect(try await count() == 3)
        let forgotten = try await post("/v1/stores/\(vault)/forget", #"{"prefix":"session/s1/"}"#).json
        #expect(forgotten["deleted"] == 1)
        #expect(try await count() == 3)
        let some = try await post(
            "/v1/stores/\(vault)/forget", #"{"prefix":"session/","filter":{"role":["user"]}}"#
        ).json
        #expect(some["deleted"] == 1)
        #expect(try await count() == 2)
        let log = try await server.get("/v1/stores/\(vault)/logs/session/s2/log")
        #expect(log.text.contains("secret rain") && !log.text.contains("secret music"))
        expectStatus(try await server.delete(Native.entry(vault, "session/s2/log")), 204)
        #expect(try await count() == 1)
        #expect(try await server.get(Native.entry(vault, "core/note")).etag == core.etag)
    }

    @Test("refuses what it can't answer, and names it")
    func refuses() async throws {
        let vault = vault()
        expectStatus(try await server.put(Native.entry(vault, "core/a"), "x", ["content-type": "text/plain"]), 201)
        let scope = #""in":[{"store":"\#(vault)"}]"#
        let refused: [(String, Int, String)] = [
            (#"{"text":"x"}"#, 400, "in is missing"),
            (#"{"in":[],"text":"x"}"#, 400, "1 to 64"),
            (#"{"in":[{"store":"runs"}],"text":"x"}"#, 422, "not_a_vault"),
            (#"{\#(scope),"text":"x","k":1001}"#, 400, "1 to 1000"),
            (#"{\#(scope),"text":"x","oops":1}"#, 400, "oops"),
            (#"{\#(scope)}"#, 400, "text or a vector"),
            (#"{\#(scope),"vector":[1,2,3]}"#, 400, "compare"),
            (#"{\#(scope),"vector":"***"}"#, 422, "base64"),
            (#"{\#(scope),"text":"x","windows":[{"name":"a","from":"4h","to":"1h","k":1}]}"#, 400, "backwards"),
            (
                #"{\#(scope),"text":"x","windows":[{"name":"a","to":"4h","k":1},{"name":"b","from":"3h","k":1}]}"#, 400,
                "overlap"
            ),
            (#"{\#(scope),"text":"x","backfill":true}"#, 400, "backfill"),
            (#"{\#(scope),"text":"x","recency":{"halfLife":"7d","weight":2}}"#, 400, "0 to 1"),
            (#"{\#(scope),"text":"x","filter":{"since":"tomorrow"}}"#, 400, "since"),
            (#"{\#(scope),"text":"x","render":{"as":"yaml"}}"#, 400, "xml"),
            (#"{"in":[{"store":"\#(vault)","weight":-1}],"text":"x"}"#, 400, "weight"),
        ]
        for (question, status, says) in refused {
            let reply = try await search(question)
            expectStatus(reply, status)
            #expect(reply.text.contains(says), "\(question): \(reply.text)")
        }
        expectStatus(try await post("/v1/stores/\(vault)/forget", "{}"), 400)
        #expect(try await search(#"{\#(scope),"text":"x"}"#).json["hits"].items.count == 1)
    }

    @Test("has commands: remember, search and forget")
    func commands() async throws {
        let vault = vault()
        let server = try server
        #expect(try await server.command("remember", vault, "core/likes", "Rain on a tin roof").ending == .exit(0))
        let found = try await server.command("search", "\(vault)/core", "roof")
        #expect(found.output.contains("core/likes") && found.output.contains("Rain on a tin roof"), "\(found)")
        #expect(try await server.command("forget", "\(vault)/core", "--yes").output.contains("1 forgotten"))
        #expect(try await server.command("search", vault, "roof").output.contains("nothing found"))
        #expect(try await server.command("search", "runs", "roof").ending == .exit(1))
    }

    private static let notes = """
        name: notes
        matches: [notes]
        index: { vector: { dims: 3, model: m } }
        rules:
          - keys: "**/log"
            log: true
          - keys: "**"
        """

    @Test("finds by meaning what came with a vector, and by both; what does not fit is refused and stores nothing")
    func vectors() async throws {
        try await TemporaryFolder.with { folder in
            try Disk.write(Array(Self.notes.utf8), to: folder.appending("notes.yaml"))
            try await LarderProcess.with(["--stores", folder.path]) { server in
                func ask(_ question: String) async throws -> JSON {
                    try await server.send(.POST, "/v1/search", [:], .text(#"{"in":[{"store":"notes"}],\#(question)}"#))
                        .json
                }
                // 1, 0, 0 as f32, little-endian.
                let east = "AACAPwAAAAAAAAAA"
                expectStatus(
                    try await server.put(
                        Native.entry("notes", "a"), "going east",
                        ["content-type": "text/plain", "larder-vector": east, "larder-model": "m"]), 201)
                let events =
                    #"[{"content":"going north","_vector":[0,1,0],"_model":"m"},{"content":"east again","_vector":"\#(east)","_model":"other"}]"#
                expectStatus(try await server.send(.POST, "/v1/stores/notes/logs/c/log", [:], .text(events)), 200)
                let log = try await server.get("/v1/stores/notes/logs/c/log").text
                #expect(!log.contains("_vector") && !log.contains("_model"))
                let near = try await ask(#""vector":[1,0.2,0]"#)
                #expect(near["hits"].items.map { $0["text"].string } == ["going east", "going north"])
                #expect(near["skipped"]["otherModel"] == 1 && near["mode"] == "meaning")
                let both = try await ask(#""vector":"\#(east)","text":"north"# + "\"")
                #expect(both["mode"] == "hybrid" && both["hits"][0]["text"] == "going north")
                for (target, status) in [("notes", 422), ("plain", 422)] {
                    let short = try await server.put(
                        Native.entry(target, "b"), "x", ["content-type": "text/plain", "larder-vector": "AACAPw=="])
                    expectStatus(short, status)
                    expectStatus(try await server.get(Native.entry(target, "b")), 404)
                }
                let bad = #"[{"content":"good"},{"content":"bad","_vector":[1]}]"#
                let refused = try await server.send(.POST, "/v1/stores/notes/logs/c/log", [:], .text(bad))
                try expectError(refused, 422, code: "invalid_vector")
                #expect(try await server.get("/v1/stores/notes/logs/c/log").json["last"] == 2)
                try await server.stop()
                try await server.start(adding: ["--stores", folder.path])
                #expect(try await ask(#""vector":[1,0.2,0]"#)["hits"] == near["hits"])
            }
        }
    }

    @Test("a store that is made a vault later is indexed, and one that is none any more is forgotten")
    func later() async throws {
        try await TemporaryFolder.with { folder in
            let plain = "name: notes\nmatches: [notes]\nrules:\n  - keys: \"**/log\"\n    log: true\n  - keys: \"**\"\n"
            try Disk.write(Array(plain.utf8), to: folder.appending("notes.yaml"))
            try await LarderProcess.with(["--stores", folder.path]) { server in
                func hits() async throws -> Int? {
                    let reply = try await server.get("/v1/search?store=notes&q=music&k=1000")
                    return reply.status == 200 ? try reply.json["hits"].items.count : nil
                }
                for i in 0..<30 {
                    expectStatus(
                        try await server.put(
                            Native.entry("notes", "k\(i)"), "music \(i)", ["content-type": "text/plain"]),
                        201)
                }
                let events = "[" + (0..<300).map { #"{"content":"music said \#($0)"}"# }.joined(separator: ",") + "]"
                expectStatus(try await server.send(.POST, "/v1/stores/notes/logs/c/log", [:], .text(events)), 200)
                #expect(try await hits() == nil)
                for (policy, count) in [(Self.notes, 230), (plain, nil), (Self.notes, 229)] {
                    try await server.stop()
                    try Disk.write(Array(policy.utf8), to: folder.appending("notes.yaml"))
                    try await server.start(adding: ["--stores", folder.path])
                    if let count {
                        let isIndexed = try await eventually(within: .seconds(60)) { try await hits() == count }
                        #expect(isIndexed)
                    } else {
                        expectStatus(try await server.delete(Native.entry("notes", "k0")), 204)
                    }
                }
            }
        }
    }
}

@Suite("Search on several nodes")
struct NodeSearchTests {
    @Test("finds on each what any has written, and not what any has deleted, without a wait")
    func current() async throws {
        try await Nodes.with { nodes in
            func texts(_ node: LarderProcess) async throws -> [String?] {
                try await node.get("/v1/search?store=vaults&q=music&k=100").json["hits"].items.map { $0["text"].string }
            }
            for round in 0..<10 {
                let writer = nodes[round % 2], reader = nodes[(round + 1) % 2]
                let event = #"{"content":"music of round \#(round)"}"#
                expectStatus(try await writer.send(.POST, "/v1/stores/vaults/logs/core/log", [:], .text(event)), 200)
                let found = Set(try await texts(reader))
                #expect(found == Set((0...round).map { "music of round \($0)" }))
            }
            expectStatus(try await nodes[0].delete(Native.entry("vaults", "core/log")), 204)
            #expect(try await texts(nodes[1]).isEmpty)
        }
    }
}
