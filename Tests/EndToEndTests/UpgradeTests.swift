import Hashing
import Foundation
import NIOHTTP1
import Testing

/// Data directories that earlier versions left (`Tests/Fixtures`, made by the script that lies there).
@Suite("Upgrade", .ownServers, .sqliteOnly("those versions had no other engine"))
struct UpgradeTests {
    private static let fixtures = Larder.packageRoot + "/Tests/Fixtures"
    private static let versions = ((try? Disk.names(in: fixtures)) ?? [])
        .compactMap { $0.hasPrefix("v") && $0.hasSuffix(".tar.gz") ? Int($0.dropFirst().dropLast(7)) : nil }.sorted()

    /// Unpacks a fixture: `data` and what lies beside it.
    private static func unpack(_ name: String, into folder: TemporaryFolder) async throws {
        let tar = try await ChildProcess.start(
            ["/usr/bin/tar", "-xzf", fixtures + "/\(name).tar.gz", "--no-same-owner", "-C", folder.path],
            environment: ["PATH": "/usr/bin:/bin"])
        try #require(await tar.ending.wait() == .exit(0), "\(tar.errors.text)")
    }

    @Test("There is a fixture of each schema version") func complete() {
        #expect(Self.versions.elementsEqual(1...17), "\(Self.versions)")
    }

    @Test("A directory of each schema version opens, holds everything and goes on", arguments: versions)
    func opens(_ version: Int) async throws {
        try await LarderProcess.with(["--cleanup-every", "off", "--scrub-every", "off"]) { server in
            try await server.stop()
            try FileManager.default.removeItem(atPath: server.data)
            try await Self.unpack("v\(version)", into: server.folder)
            let expected = try JSON(parsing: try Disk.read(server.folder.appending("expected.json")))
            try #require(expected["version"] == .number(Double(version)))
            for _ in 1...2 {
                try await server.start()
                try await expectAll(expected, of: server)
                try await server.stop()
            }
            try await server.start()
            if version >= 2 { try await goOnWithLogs(server) }
            if version >= 3 { try await goOnWithMemory(server) }
            if let token = expected["token"].string {
                expectStatus(try await server.get(Native.entry("runs", "demo/small.json"), as: .bearer(token)), 200)
                expectStatus(try await server.get(Native.entry("things", "bytes"), as: .bearer(token)), 403)
            }
            // What later versions brought works in an old directory, too.
            let made = try await server.send(
                .POST, "/v1/admin/tokens", ["content-type": "application/json"], .text(#"{"scopes":["read"]}"#))
            expectStatus(made, 201)
            expectStatus(try await ProgressRun(on: server, project: "new", run: "r").append(#"{"n":1}"#), 200)
            expectStatus(try await server.put(Native.entry("things", "same/1"), "other"), 200)
            #expect(try await server.get(Native.entry("things", "same/2")).text == "twice")
            let collected = try await server.run("collect", #"{"grace":"0s"}"#)
            #expect(
                collected["differences"] == 0 && collected["dangling"] == 0 && collected["orphans"] == 0, "\(collected)"
            )
            let verified = try await server.run("verify")
            #expect(verified["corrupt"] == 0 && verified["missing"] == 0 && verified["unreadable"] == 0, "\(verified)")
        }
    }

    private func expectAll(_ expected: JSON, of server: LarderProcess) async throws {
        try #require(expected["lists"].names.count >= 3)
        for path in expected["lists"].names {
            #expect(try await server.get(path).json["entries"] == expected["lists"][path], "\(path)")
        }
        for path in expected["contents"].names {
            let reply = try await server.get(path)
            let digest = SHA256.hash(data: reply.body).map { String(format: "%02x", $0) }.joined()
            #expect(.string(digest) == expected["contents"][path], "\(path): \(reply.status)")
        }
        for path in expected["documents"].names {
            let document = try await server.get(path).json
            #expect(document.says(expected["documents"][path]), "\(path): \(document)")
        }
    }

    private func goOnWithLogs(_ server: LarderProcess) async throws {
        for (run, next) in [("r1", 4), ("long", 252), ("emptied", 3)] {
            let reply = try await ProgressRun(on: server, project: "p", run: run).append(#"{"n":0}"#)
            #expect(try reply.json["first"] == .number(Double(next)), "\(run)")
        }
        #expect(try await server.get("/v1/progress/p/long").json["dropped"] == 52)
    }

    private func goOnWithMemory(_ server: LarderProcess) async throws {
        let rated = try await server.send(
            .POST, "/v1/memory/p/ratings", ["content-type": "application/json"],
            .text(#"{"runId":"m3","rating":"good"}"#))
        #expect([200, 201].contains(rated.status), "\(rated)")
        let ratings = try await server.get("/v1/memory/p").json["video_history"].items.map { $0["rating"] }
        #expect(ratings.filter { $0 == "good" }.count == 3 && ratings.filter { $0 == "bad" }.count == 1, "\(ratings)")
    }

    @Test("A directory that a newer larder has written is refused in one line, and nothing in it changes")
    func newer() async throws {
        try await TemporaryFolder.with { folder in
            try await Self.unpack("newer", into: folder)
            let before = try snapshot(folder)
            try #require(before.keys.contains("data/incoming/upload") && before.keys.contains("data/index.sqlite-wal"))
            for arguments in [["serve", "--port", "0"], ["verify", "--offline"]] {
                let outcome = try await Larder.run(arguments + ["--data", folder.appending("data")], home: folder.path)
                #expect(outcome.ending == .exit(1))
                #expect(outcome.lines.count == 1, "\(outcome.lines)")
                #expect(outcome.errors.contains("newer larder"), "\(outcome.errors)")
                #expect(try snapshot(folder) == before)
            }
        }
    }

    /// Every file's bytes by its path, but for the lock and SQLite's shared memory, which is nobody's data.
    private func snapshot(_ folder: TemporaryFolder) throws -> [String: [UInt8]] {
        let names = try Disk.files(below: folder.path).filter { !$0.hasSuffix("/lock") && !$0.hasSuffix("-shm") }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Disk.read(folder.appending($0))) })
    }
}
