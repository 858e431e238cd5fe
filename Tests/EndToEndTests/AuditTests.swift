import NIOHTTP1
import Testing

/// What admins and jobs did is written down, and by whom.
@Suite("The audit log", .ownServers)
struct AuditTests {
    private func records(_ server: LarderProcess, _ query: String = "") async throws -> [JSON] {
        let reply = try await server.get("/v1/admin/audit" + query)
        try requireStatus(reply, 200)
        return try reply.json["records"].items
    }

    @Test("Tokens, keys, sessions and deletes of many entries leave a record each")
    func acts() async throws {
        try await LarderProcess.with { server in
            let made = try await server.makeToken(#"{"scopes":["admin"],"note":"a\nnote","requestsPerSecond":1000}"#)
            let id = try #require(made["id"].string), secret = try #require(made["token"].string)
            _ = try await server.makeToken(#"{"scopes":["read"],"stores":["runs"]}"#)
            let session = try await ConsoleSession.begin(on: server, token: secret)
            for key in ["a/1", "a/2", "b"] {
                try requireStatus(try await server.put(Native.entry("runs", key), "x"), 201)
            }
            expectStatus(try await session.send(.DELETE, "/v1/stores/runs/entries?prefix=a/"), 200)
            expectStatus(try await server.delete("/v1/stores/runs/entries?prefix=nothing", as: .bearer(secret)), 200)
            expectStatus(try await server.delete("/default/site:runs", as: .bearer(secret)), 200)
            expectStatus(
                try await server.send(
                    .POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"0s"}"#), as: .bearer(secret)), 200)
            expectStatus(try await server.delete("/v1/admin/tokens/\(id)"), 204)
            expectStatus(try await server.delete("/v1/admin/tokens/none"), 404)
            expectStatus(try await server.send(.POST, "/v1/admin/tokens/admin/roll"), 200)
            let all = try await records(server)
            #expect(
                all.map { $0["act"].string } == [
                    "token.roll-admin", "token.revoke", "signing-key.rotate", "store.empty", "entries.delete",
                    "session.begin", "token.create",
                    "token.create",
                ])
            #expect(
                all.map { $0["who"].string } == [
                    "admin", "admin", "token \(id)", "token \(id)", "token \(id) (console)", "token \(id) (console)",
                    "admin", "admin",
                ])
            #expect(all[1]["subject"].string == id)
            #expect(all[2]["detail"]["oldValidUntil"].isNull)
            #expect(all[3]["subject"] == "default/runs" && all[3]["detail"]["deleted"] == 1)
            #expect(all[4]["subject"] == "default/runs" && all[4]["detail"] == ["deleted": 2, "prefix": "a/"])
            #expect(all[7]["detail"]["note"] == "a\nnote" && all[7]["detail"]["requestsPerSecond"] == 1000)
            // The log has a line for each; a note's line break does not make two of it.
            for act in [
                "token.create", "token.revoke", "token.roll-admin", "signing-key.rotate", "entries.delete",
                "store.empty",
            ] {
                #expect(
                    server.log.split(separator: "\n").contains { $0.contains("audit=\(act)") && $0.contains("by=") },
                    "\(act)")
            }
            #expect(!server.log.contains("\nnote"))
            try await server.restart()
            #expect(try await records(server) == all)
        }
    }

    @Test("Jobs say who asked, whether they only looked, and how much went by which rule")
    func jobs() async throws {
        try await LarderProcess.with(["--cleanup-every", "off", "--scrub-every", "off"]) { server in
            try await server.restart(clock: "-91d")
            try requireStatus(try await server.put(Native.entry("runs", "old"), "12345"), 201)
            try await server.restart()
            _ = try await server.run("cleanup", #"{"dryRun":true}"#)
            _ = try await server.run("cleanup", #"{"keys":true}"#)
            _ = try await server.run("collect")
            _ = try await server.run("verify")
            let all = try await records(server).reversed() as [JSON]
            #expect(
                all.map { $0["act"].string } == [
                    "job.begin-dry-run", "job.end", "job.begin", "job.end", "job.begin", "job.end", "job.begin",
                    "job.end",
                ])
            #expect(all.allSatisfy { $0["who"] == "admin" })
            #expect(all[2]["detail"]["kind"] == "cleanup" && all[2]["detail"]["request"]["keys"] == true)
            #expect(all[3]["detail"]["state"] == "done" && all[3]["subject"] == all[2]["subject"])
            #expect(all[3]["detail"]["result"]["byStore"]["runs"]["rules"]["**"]["removed"] == 1)
            #expect(all[3]["detail"]["result"]["bytes"] == 5)
            #expect(all[3]["detail"]["result"]["keys"].isNull)
            #expect(all[5]["detail"]["kind"] == "collect" && all[7]["detail"]["kind"] == "verify")
        }
    }

    @Test("A cancelled job names who cancelled it")
    func cancelled() async throws {
        try await LarderProcess.with { server in
            for number in 0..<20 {
                try requireStatus(try await server.put(Native.entry("media", "\(number)"), Bytes.noise(50_000)), 201)
            }
            let job = try await server.begin("verify", #"{"rate":"1KB"}"#)
            let id = try #require(job["id"].string ?? job["id"].int.map(String.init))
            let secret = try #require(try await server.makeToken(#"{"scopes":["admin"]}"#)["token"].string)
            expectStatus(try await server.delete("/v1/admin/jobs/\(id)", as: .bearer(secret)), 200)
            _ = try await server.finish(job)
            let record = try #require(try await records(server).first { $0["act"] == "job.cancel" })
            #expect(record["subject"].string == "job \(id)" && record["who"].string?.hasPrefix("token ") == true)
        }
    }

    @Test("It is read in pages, by admins only, and by the command")
    func pages() async throws {
        try await LarderProcess.with { server in
            for _ in 0..<5 { _ = try await server.makeToken(#"{"scopes":["read"]}"#) }
            let first = try await server.get("/v1/admin/audit?limit=2").json
            let cursor = try #require(first["cursor"].string)
            let rest = try await server.get("/v1/admin/audit?limit=10&cursor=\(cursor)").json
            #expect(first["records"].items.count == 2 && rest["records"].items.count == 3)
            #expect(rest["cursor"].isNull)
            let ids = (first["records"].items + rest["records"].items).compactMap { $0["id"].int }
            #expect(ids == ids.sorted(by: >) && Set(ids).count == 5)
            for query in ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=-1"] {
                try expectError(try await server.get("/v1/admin/audit?\(query)"), 400)
            }
            try expectError(try await server.send(.POST, "/v1/admin/audit"), 405)
            let reader = try #require(try await server.makeToken(#"{"scopes":["read","write"]}"#)["token"].string)
            try expectError(try await server.get("/v1/admin/audit", as: .bearer(reader)), 403)
            try expectError(try await server.get("/v1/admin/audit", as: .nobody), 401)
            let base = ["--url", try server.url, "--data", server.data]
            let table = try await Larder.run(["audit", "--limit", "3"] + base, home: server.folder.path)
            #expect(table.ending == .exit(0) && table.lines.count == 4, "\(table)")
            let json = try await Larder.run(["audit", "--json"] + base, home: server.folder.path)
            #expect(try JSON(json.output)["records"].items.count == 6)
        }
    }
}
