import Foundation
import NIOHTTP1
import Testing

/// `larder import --from agentos`
@Suite("Conversations of AgentOS", .server)
struct AgentOSImportTests {
    /// A turn as a backup has it.
    private static func turn(_ number: Int, of conversation: String = "trip", role: String = "user") -> String {
        #"""
        {"storageId":"t\#(conversation)-\#(number)","userId":"ada","conversationId":"\#(conversation)","agentId":"a",\#
        "role":"\#(role)","content":"turn \#(number)","timestamp":\#(1_700_000_000_000 + number * 1000),"model":null}
        """#
    }

    private static let header =
        #"{"conversationId":"trip","userId":"ada","title":"Norway","summary":null,"createdAt":1,"lastActivity":2}"#

    private func backup(_ turns: [String]) throws -> String {
        let path = try server.folder.appending(Fresh.name("backup-") + ".json")
        let text =
            #"{"version":"1.0.0","data":{"conversations":[\#(Self.header)],"conversation_turns":[\#(turns.joined(separator: ","))]}}"#
        try Disk.write(Array(text.utf8), to: path)
        return path
    }

    private func log(_ store: String, _ key: String = "ada/trip") async throws -> JSON {
        try await server.get("/v1/stores/\(store)/logs/\(key)?tail=10000").json
    }

    @Test("come with their times, in their order, with what is said of them; again nothing is new")
    func bring() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let path = try backup((1...1200).shuffled().map { Self.turn($0) })
        let dry = try JSON(
            try await server.command("import", "--from", "agentos", path, "--store", store, "--dry-run", "--json")
                .output)
        #expect(dry["transferred"] == 1200 && dry["failed"] == 0)
        expectStatus(try await server.get("/v1/stores/\(store)/logs/ada/trip"), 404)
        let done = try await server.command("import", "--from", "agentos", path, "--store", store)
        #expect(done.ending == .exit(0) && done.output.hasPrefix("1200 turns, "), "\(done)")
        let log = try await log(store)
        #expect(log["count"] == 1200 && log["metadata"]["title"] == "Norway" && log["metadata"]["createdAt"] == 1)
        #expect(log["metadata"]["summary"].isNull)
        #expect(log["events"].items.map { $0["event"]["content"].string } == (1...1200).map { "turn \($0)" })
        #expect(log["events"][0]["at"] == "2023-11-14T22:13:21.000Z")
        #expect(log["events"][0]["event"].names == ["role", "content", "timestamp", "agentId", "storageId"])
        let again = try JSON(
            try await server.command("import", "--from", "agentos", path, "--store", store, "--json").output)
        #expect(again["transferred"] == 0 && again["skipped"] == 1200)
        #expect(try await self.log(store)["last"] == 1200)
    }

    @Test("brought twice at once are there once")
    func twiceAtOnce() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let turns = (1...3).flatMap { conversation in (1...700).map { Self.turn($0, of: "c\(conversation)") } }
        let path = try backup(turns)
        let outcomes = try await withThrowingTaskGroup(of: Larder.Outcome.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await server.command("import", "--from", "agentos", path, "--store", store, "--json")
                }
            }
            return try await group.reduce(into: [Larder.Outcome]()) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0.ending == .exit(0) }, "\(outcomes)")
        let brought = try outcomes.map { try JSON($0.output)["transferred"].int ?? 0 }.reduce(0, +)
        #expect(brought == turns.count)
        for conversation in 1...3 {
            let events = try await log(store, "ada/c\(conversation)")["events"].items
            #expect(events.map { $0["event"]["storageId"].string } == (1...700).map { "tc\(conversation)-\($0)" })
        }
    }

    @Test("that are damaged are named and left out; what was changed since the first time stays")
    func damage() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let large = Self.turn(3).replacing("turn 3", with: String(repeating: "x", count: 300_000))
        let path = try backup([
            Self.turn(1), Self.turn(2).replacing(#""role":"user","#, with: ""), large,
            Self.turn(4).replacing("1700000004000", with: #""soon""#), Self.turn(5),
        ])
        let done = try await server.command("import", "--from", "agentos", path, "--store", store)
        #expect(
            done.ending == .exit(1) && done.output.contains("2 turns, ") && done.output.contains("3 failed"), "\(done)")
        for part in ["row 2", "has no role", "row 4", "no number", "turn ttrip-3"] {
            #expect(done.errors.contains(part), "\(done)")
        }
        #expect(try await log(store)["events"].items.map { $0["event"]["content"] } == ["turn 1", "turn 5"])
        try requireStatus(
            try await server.send(
                .PATCH, "/v1/stores/\(store)/logs/ada/trip", ["content-type": "application/merge-patch+json"],
                .text(#"{"title":"Sweden"}"#)), 200)
        _ = try await server.command("import", "--from", "agentos", path, "--store", store)
        #expect(try await log(store)["metadata"]["title"] == "Sweden")
        #expect(try await log(store)["count"] == 2)
    }

    @Test(
        "are read out of AgentOS's SQLite file",
        .enabled(if: Tool.isThere("/usr/bin/python3"), "python3 makes the file"))
    func sqlite() async throws {
        let server = try server
        let store = Fresh.store("conversations")
        let path = server.folder.appending(Fresh.name("memory-") + ".sqlite3")
        let program = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            db.execute("CREATE TABLE conversations (conversationId TEXT PRIMARY KEY, userId TEXT, title TEXT)")
            db.execute("CREATE TABLE conversation_turns (storageId TEXT PRIMARY KEY, userId TEXT, conversationId TEXT, \\
                role TEXT, content TEXT, timestamp INTEGER)")
            db.execute("INSERT INTO conversations VALUES ('a/b', 'u%', 'Odd names')")
            db.execute("INSERT INTO conversation_turns VALUES ('1', 'u%', 'a/b', 'user', ?, 1700000000000)", (b'\\xff',))
            db.commit()
            """
        try #require(try await Tool.run(["/usr/bin/python3", "-c", program, path]).ending == .exit(0))
        let before = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        let done = try await server.command("import", "--from", "agentos", path, "--store", store)
        #expect(done.ending == .exit(0), "\(done)")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date == before)
        let logs = try await server.get("/v1/stores/\(store)/logs?lastEvent=true").json["logs"].items
        #expect(logs.map { $0["key"] } == ["u%25/a%2Fb"] && logs[0]["metadata"]["title"] == "Odd names")
        #expect(logs[0]["lastEvent"]["event"]["content"] == "/w==")
    }

    @Test("are refused with a reason where there is nothing to import, or nowhere to put it")
    func refusals() async throws {
        let server = try server
        let path = try backup([Self.turn(1)])
        let junk = server.folder.appending(Fresh.name("junk-"))
        try Disk.write(Array("no backup".utf8), to: junk)
        for (arguments, code) in [
            ([path], 2), ([path, "--store", Fresh.store()], 1), ([junk, "--store", Fresh.store("conversations")], 1),
            (["/nonexistent", "--store", Fresh.store("conversations")], 3),
        ] as [([String], Int32)] {
            let outcome = try await server.command(["import", "--from", "agentos"] + arguments)
            #expect(outcome.ending == .exit(code) && !outcome.errors.isEmpty, "\(arguments): \(outcome)")
        }
    }
}
