import Foundation
import NIOHTTP1
import S3TestSupport
import Testing

/// kill -9 in the middle of import, export and collection: what was begun can be ended, and nothing is torn or lost.
@Suite("Killed transfers and collections", .ownServers)
struct HousekeepingKillTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]
    private static let count = 1_500

    /// Files in twenty folders, one in ten too large for the index; their content says whose it is.
    private func makeTree(_ folder: String) throws -> [String: [UInt8]] {
        var made: [String: [UInt8]] = [:]
        for index in 0..<Self.count {
            let path = "f\(index % 20)/n\(index).bin"
            made[path] =
                Array("\(path):".utf8) + Bytes.noise(index.isMultiple(of: 10) ? 40_000 : 300, seed: UInt64(index + 1))
        }
        for index in 0..<20 {
            try FileManager.default.createDirectory(atPath: "\(folder)/f\(index)", withIntermediateDirectories: true)
        }
        for (path, content) in made { try Disk.write(content, to: "\(folder)/\(path)") }
        return made
    }

    private func environment(_ server: LarderProcess) throws -> [String: String] {
        ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token]
    }

    /// As who may ask 20 times a second: a transfer then takes over a minute, so it has a middle however slow the
    /// machine is to look.
    private func slowly(_ server: LarderProcess) async throws -> [String: String] {
        let made = try await server.makeToken(#"{"scopes":["read","write"],"requestsPerSecond":20}"#)
        return try environment(server).merging(["LARDER_TOKEN": try #require(made["token"].string)]) { $1 }
    }

    private func larder(_ server: LarderProcess, _ arguments: [String]) async throws -> JSON {
        let outcome = try await Larder.run(
            arguments + ["--json"], environment: try environment(server), home: server.folder.path,
            within: .seconds(120))
        #expect(outcome.ending == .exit(0), "\(arguments): \(outcome.output) \(outcome.errors)")
        return try JSON(outcome.output)
    }

    private func expectTree(_ made: [String: [UInt8]], in store: String, of server: LarderProcess) async throws {
        var digests: [String: String] = [:]
        var cursor: String?
        repeat {
            let page = try await server.get(
                Native.entries(store, "limit=1000" + (cursor.map { "&cursor=\($0)" } ?? ""))
            ).json
            for entry in page["entries"].items { digests[entry["key"].string ?? ""] = entry["sha256"].string }
            cursor = page["cursor"].string
        } while cursor != nil
        #expect(digests == made.mapValues { Bytes.sha256($0) })
        #expect(try await server.run("verify")["corrupt"] == 0)
    }

    @Test("An import that is killed can be begun again, and passes over what it did")
    func importing() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let tree = server.folder.appending("tree")
            let made = try makeTree(tree)
            let arguments = ["import", tree, "--store", "things", "--parallel", "4"]
            let child = try await Larder.start(
                arguments, environment: try await slowly(server), home: server.folder.path)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await server.get("/v1/stores/things").json["entries"].int ?? 0 > 20
                })
            await child.destroy()
            #expect(child.ending.current == .signal(SIGKILL))
            let there = try #require(try await server.get("/v1/stores/things").json["entries"].int)
            #expect(there < Self.count)
            let again = try await larder(server, arguments)
            // An upload that was under way may have arrived after the count.
            #expect(try #require(again["skipped"].int) >= there)
            #expect(try #require(again["transferred"].int) + (again["skipped"].int ?? 0) == Self.count)
            try await expectTree(made, in: "things", of: server)
        }
    }

    @Test("An import whose server is killed says so, and can be begun again")
    func serverOfImport() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let tree = server.folder.appending("tree")
            let made = try makeTree(tree)
            let arguments = ["import", tree, "--store", "things", "--parallel", "4"]
            let child = try await Larder.start(
                arguments, environment: try await slowly(server), home: server.folder.path)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await server.get("/v1/stores/things").json["entries"].int ?? 0 > 20
                })
            await server.kill()
            let ending = try await within(.seconds(120), "the end of the import") { await child.ending.wait() }
            #expect(ending == .exit(7), "\(child.errors.text)")
            try await server.start()
            #expect(try await larder(server, arguments)["failed"].int ?? 0 == 0)
            try await expectTree(made, in: "things", of: server)
        }
    }

    @Test("An export that is killed leaves no torn file under its name, and can be begun again")
    func exporting() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let (tree, out) = (server.folder.appending("tree"), server.folder.appending("out"))
            let made = try makeTree(tree)
            _ = try await larder(server, ["import", tree, "--store", "things"])
            let arguments = ["export", "things", "--to", out, "--parallel", "4"]
            let child = try await Larder.start(
                arguments, environment: try await slowly(server), home: server.folder.path)
            func files() throws -> [String] {
                guard FileManager.default.fileExists(atPath: out) else { return [] }
                return try Disk.files(below: out).filter { !$0.hasPrefix(".larder-export") }
            }
            #expect(try await eventually(within: .seconds(60)) { try files().count > 20 })
            await child.destroy()
            #expect(child.ending.current == .signal(SIGKILL))
            let there = try files().filter { !$0.hasSuffix("%part") }
            #expect(there.count < Self.count)
            for file in there { #expect(try Disk.read("\(out)/\(file)") == made[file]) }
            let again = try await larder(server, arguments)
            #expect(try #require(again["skipped"].int) > 0)
            #expect(try Set(files()) == Set(made.keys))
            for (file, content) in made { #expect(try Disk.read("\(out)/\(file)") == content) }
            _ = try await larder(server, ["import", out, "--store", "back"])
            try await expectTree(made, in: "back", of: server)
        }
    }

    @Test(
        "A collection that is killed at the n-th file that a thread takes away goes on after the start",
        .sqliteOnly("a bucket has no files"),
        .enabled(if: FailingDisk.isPossible, "no strace, or it may not trace here"), arguments: [1, 4, 9])
    func collecting(_ number: Int) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await makeGarbage(on: server)
            #expect(try await server.stop() == .exit(0))
            // A collection unlinks files on the four threads that may wait for the disk, and strace counts each
            // thread's calls for itself. Of 40 files one of the four unlinks ten at least; a start unlinks none.
            try await server.start(
                wrapper: [
                    "strace", "-D", "-f", "-qq", "-e", "trace=unlink,unlinkat", "-o", "/dev/null",
                    "-e", "inject=unlink,unlinkat:signal=KILL:when=\(number)",
                ])
            _ = try? await server.begin("collect", #"{"grace":"0s"}"#)
            #expect(try await server.ended() == .signal(SIGKILL))
            try await expectCollected(on: server)
        }
    }

    @Test(
        "A collection that is killed when it has asked a bucket for n removals goes on after the start",
        .postgresOnly("there is no bucket"), arguments: [1, 4])
    func collectingInBucket(_ number: Int) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await makeGarbage(on: server)
            let bucket = try #require(try await TestPlace.known(of: server.data)).bucket
            func removals() async throws -> Int { try await bucket.requests().filter { $0.hasPrefix("DELETE") }.count }
            let before = try await removals()
            // Done and not answered, so it is asked again: the collection is not over before the kill.
            try await bucket.fail(.lose, .DELETE, times: .max)
            _ = try await server.begin("collect", #"{"grace":"0s"}"#)
            try #require(try await eventually(within: .seconds(60)) { try await removals() >= before + number })
            await server.kill()
            try await bucket.comeBack()
            try await expectCollected(on: server)
        }
    }

    /// Of 60 objects 40 are no entry's.
    private func makeGarbage(on server: LarderProcess) async throws {
        let replies = try await concurrently(60) {
            try await server.put(Native.entry("things", "k\($0)"), Bytes.noise(40_000, seed: UInt64($0 + 1)))
        }
        #expect(replies.allSatisfy { $0.status == 201 })
        for index in 0..<40 { expectStatus(try await server.delete(Native.entry("things", "k\(index)")), 204) }
    }

    /// Starts a server whose collection was killed.
    private func expectCollected(on server: LarderProcess) async throws {
        try await server.start()
        let list = try await server.get("/v1/admin/jobs").json["jobs"]
        let ended = try await server.finish(list[0])
        #expect(ended["kind"] == "collect")
        #expect(ended["state"] == "done", "\(ended)")
        #expect(try await server.objects().count == 20)
        #expect(try server.incoming().isEmpty)
        for index in 40..<60 {
            let read = try await server.get(Native.entry("things", "k\(index)"))
            #expect(read.fingerprint == Bytes.noise(40_000, seed: UInt64(index + 1)).fingerprint)
        }
        let verified = try await server.run("verify")
        #expect([verified["corrupt"], verified["missing"], verified["orphans"]] == [0, 0, 0], "\(verified)")
    }
}
