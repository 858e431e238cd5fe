import Foundation
import NIOCore
import NIOHTTP1
import PostgresTestSupport
import Testing

/// Stores as JSON lines and as SQL.
@Suite("larder export --format", .ownServers)
struct PortableExportTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    /// Runs `psql -f`, in a schema.
    private func load(_ file: String, _ postgres: PostgresServer, _ schema: String) async throws -> Larder.Outcome {
        try await Tool.run(
            ["/usr/bin/env", "psql", "-q", "-X", postgres.url(schema: schema), "-f", file], within: .seconds(120))
    }

    @Test("JSON lines hold every entry, its content, and logs with their numbers and times")
    func lines() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await PortableFile.fill(server, "things")
            let path = server.folder.appending("all.jsonl")
            let done = try await server.command("export", "--format", "jsonl", path)
            #expect(done.ending == .exit(0) && done.output.isEmpty, "\(done)")
            let file = try PortableFile(path)
            file.expectSums()
            #expect(file.lines[0]["kind"] == "larder" && file.lines[0]["site"] == "default")
            #expect(
                Set(file.lines("store").compactMap { $0["store"].string }) == ["things", "progress", "conversations"])
            let contents = try file.contents()
            for (key, bytes) in PortableFile.contents { #expect(contents["things/\(key)"] == bytes, "\(key)") }
            #expect(contents["things/ff0061"] == Array("odd".utf8) && contents.count == PortableFile.contents.count + 1)

            let native = try await server.get(Native.entries("things", "metadata=true")).json["entries"].items
            for shown in native {
                let line = try #require(file.entry("things", shown["key"].string ?? ""))
                for name in ["size", "etag", "contentType", "sha256"] { #expect(line[name] == shown[name]) }
                if shown["keyHex"].isNull { #expect(line["metadata"] == shown["metadata"]) }
                #expect(line["createdAt"].int ?? 0 > 1_700_000_000_000)
                #expect(line["expiresAt"].isNull == shown["expiresAt"].isNull)
                guard let expiresAt = line["expiresAt"].int else { continue }
                #expect(expiresAt - (line["modifiedAt"].int ?? 0) == 86_400_000)
            }
            let logs = file.lines("log")
            #expect(logs.map { $0["last"] } == [3, 1] && logs.map { $0["state"] } == ["completed", "running"])
            let events = file.lines("log_event")
            #expect(events.map { $0["log"] } == [1, 1, 1, 2] && events.map { $0["n"] } == [1, 2, 3, 1])
            #expect(events[0]["event"]["agent"] == "a" && events[3]["event"]["content"] == "Hi")
            #expect(events[3]["at"] == 1_767_323_045_000)
        }
    }

    @Test("standard output gives the same, and stores can be chosen")
    func chosen() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            for store in ["one", "two", "three"] {
                try requireStatus(try await server.put(Native.entry(store, "k"), store), 201)
            }
            let done = try await server.command("export", "two", "one", "--format", "jsonl", "-")
            #expect(done.ending == .exit(0), "\(done)")
            let lines = try done.outputLines.map { try JSON($0) }
            #expect(lines.filter { $0["kind"] == "entry" }.compactMap { $0["text"].string } == ["one", "two"])

            let made = try await server.command(
                "token", "create", "--read", "--store", "t*", "--note", "reader", "--json")
            let token = try #require(try JSON(made.output)["token"].string, "\(made)")
            let seen = try await server.command(
                ["export", "--format", "jsonl", "-"], environment: ["LARDER_TOKEN": token])
            #expect(seen.ending == .exit(0) && !seen.output.contains(#""one""#), "\(seen)")
            #expect(seen.output.contains(#""text":"two""#) && seen.output.contains(#""text":"three""#))

            let path = server.folder.appending("refused")
            for (arguments, code, environment) in [
                (["one", "--format", "jsonl", path], 5, ["LARDER_TOKEN": token]),
                (["nothing", "--format", "sql", path], 3, [:]), (["--format", "jsonl"], 2, [:]),
                (["one", "--format", "xml", path], 2, [:]), (["one", "--format", "sql", "--to", path, path], 2, [:]),
                (["one"], 2, [:]), (["--to", path], 2, [:]),
                (["one", "--format", "sql", server.folder.appending("no/such/file")], 1, [:]),
            ] as [([String], Int32, [String: String])] {
                let outcome = try await server.command(["export"] + arguments, environment: environment)
                #expect(outcome.ending == .exit(code), "\(arguments): \(outcome)")
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            try expectError(try await server.get("/v1/export?format=xml"), 400)
            try expectError(try await server.get("/v1/export?format=sql", as: .nobody), 401)
        }
    }

    @Test("PostgreSQL loads the SQL as it is, with each content once")
    func loads() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await PortableFile.fill(server, "things")
            let path = server.folder.appending("all.sql")
            let done = try await server.command("export", "--format", "sql", path)
            #expect(done.ending == .exit(0), "\(done)")
            try await withSchema { postgres, schema in
                let loaded = try await load(path, postgres, schema)
                #expect(loaded.ending == .exit(0) && loaded.errors.isEmpty, "\(loaded)")
                func ask(_ sql: String) async throws -> String {
                    try await blocking { try postgres.sql("SET search_path = \(schema); \(sql)") }
                }
                let counts = try await ask(
                    """
                    SELECT 'found=' || concat_ws(',', (SELECT count(*) FROM stores), (SELECT count(*) FROM entries),
                        (SELECT count(*) FROM objects), (SELECT count(*) FROM logs), (SELECT count(*) FROM log_events))
                    """)
                #expect(counts.contains("found=3,10,7,2,4"), "\(counts)")
                for (key, bytes) in PortableFile.contents {
                    let sum = try await ask(
                        """
                        SELECT 'sum=' || encode(sha256(o.data), 'hex') FROM entries AS e JOIN objects AS o USING (sha256)
                        WHERE e.store = 'things' AND e.key = '\(key)'::bytea AND o.size = \(bytes.count)
                        """)
                    #expect(sum.contains("sum=\(Bytes.sha256(bytes))"), "\(key): \(sum)")
                }
                let odd = try await ask("SELECT 'odd=' || count(*) FROM entries WHERE key = decode('ff0061', 'hex')")
                #expect(odd.contains("odd=1"))
                let event = try await ask("SELECT 'event=' || event FROM log_events WHERE n = 2")
                #expect(event.contains(#"event={"n":"tab\t \\ \u0041"}"#), "\(event)")
                let again = try await load(path, postgres, schema)
                #expect(again.ending == .exit(3), "\(again)")
            }
        }
    }

    @Test("what was cut or changed loads nothing", arguments: ["cut", "changed", "lacking"])
    func damaged(_ how: String) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try requireStatus(try await server.put(Native.entry("things", "a"), "some words"), 201)
            try requireStatus(try await server.put(Native.entry("things", "b"), "other words"), 201)
            let path = server.folder.appending("all.sql")
            #expect(try await server.command("export", "--format", "sql", path).ending == .exit(0))
            var text = String(decoding: try Disk.read(path), as: UTF8.self)
            let words = Bytes.hex(Array("some words".utf8))
            try #require(text.contains(words))
            switch how {
            case "cut": text = String(text.prefix(text.utf8.count / 2))
            case "changed": text = text.replacing(words, with: Bytes.hex(Array("some wards".utf8)))
            default:
                let row = try #require(text.split(separator: "\n").first { $0.contains(words) })
                text = text.replacing(row + "\n", with: "")
            }
            try Disk.write(Array(text.utf8), to: path)
            try await withSchema { postgres, schema in
                let loaded = try await load(path, postgres, schema)
                if how != "cut" { #expect(loaded.ending == .exit(3), "\(loaded)") }
                let tables = try await blocking {
                    try postgres.sql("SELECT 'tables=' || count(*) FROM pg_tables WHERE schemaname = '\(schema)'")
                }
                #expect(tables.contains("tables=0"), "\(tables)")
            }
        }
    }

    @Test(
        "content that is lost on the server is left out and said, and the rest is whole", arguments: ["jsonl", "sql"])
    func lostContent(_ format: String) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try requireStatus(try await server.put(Native.entry("things", "lost"), Bytes.noise(200_000)), 201)
            try requireStatus(try await server.put(Native.entry("things", "small"), "words"), 201)
            try await server.removeObject(try #require(try await server.objects().first))
            let path = server.folder.appending("all")
            let done = try await server.command("export", "--format", format, path)
            #expect(done.ending == .exit(1) && done.errors.contains("1 contents are damaged"), "\(done)")
            if format == "jsonl" {
                let file = try PortableFile(path)
                #expect(file.entry("things", "lost")?["isDamaged"] == true)
                #expect(file.entry("things", "small")?["text"] == "words")
                #expect(file.lines.last == ["kind": "end", "damaged": 1])
            } else {
                try await withSchema { postgres, schema in
                    let loaded = try await load(path, postgres, schema)
                    #expect(loaded.ending == .exit(0) && loaded.errors.isEmpty, "\(loaded)")
                }
            }
        }
    }

    @Test("a file that was there stays when the connection ends early, or the text without its last line")
    func keepsTheOld() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.appending("all.jsonl")
            try Disk.write(Array("old".utf8), to: path)
            let line = #"{"kind":"larder","version":1,"site":"default","exportedAt":1}"# + "\n"
            for answer in [
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: \(line.utf8.count)\r\n\r\n\(line)",
            ] {
                let cut = try CutAnswer(Array(answer.utf8))
                let outcome = try await Larder.run(
                    ["export", "--format", "jsonl", path],
                    environment: ["LARDER_URL": "http://127.0.0.1:\(cut.port)", "LARDER_TOKEN": "t"],
                    home: folder.path, within: .seconds(120))
                #expect(outcome.ending == .exit(1) && outcome.errors.contains("cut off"), "\(outcome)")
                #expect(try Disk.read(path) == Array("old".utf8))
                #expect(try Disk.names(in: folder.path).filter { $0.hasSuffix(".part") }.isEmpty)
            }
        }
    }

    @Test("entries that go while it is under way are in it, and collection waits for it")
    func holds() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let contents = [Bytes.noise(6_000_000), Bytes.noise(6_000_000, seed: 2)]
            for (key, content) in zip(["a", "b"], contents) {
                try requireStatus(try await server.put(Native.entry("things", key), content), 201)
            }
            let request = try server.request(.GET, "/v1/export?format=sql")
            try await Wire.connect(to: try server.port) { connection in
                var reply = try await connection.open(request)
                expectStatus(reply, 200)
                for key in ["a", "b"] { expectStatus(try await server.delete(Native.entry("things", key)), 204) }
                let job = try await server.send(.POST, "/v1/admin/collect", [:], .text(#"{"grace":"0s"}"#))
                try requireStatus(job, 202)
                while let piece = try await connection.next() { reply.body += piece.readableBytesView }
                let text = String(decoding: reply.body, as: UTF8.self)
                for content in contents { #expect(text.contains(Bytes.hex(content.suffix(2_000)))) }
                #expect(text.hasSuffix("-- end, damaged: 0\n"))
                // Let go of, they go.
                let begun = try job.json["id"]
                let id = try #require(begun.string ?? begun.int.map { "\($0)" })
                #expect(
                    try await eventually(within: .seconds(120)) {
                        try await server.get("/v1/admin/jobs/\(id)").json["state"] == "done"
                    })
                #expect(try await server.get("/v1/admin/jobs/\(id)").json["result"]["removed"] == 2)
            }
        }
    }
}
