import Foundation
import NIOHTTP1
import PostgresTestSupport
import S3TestSupport
import Testing

@Suite("larder migrate", .ownServers, .sqliteOnly("they name their engines"))
struct MigrateTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    private func migrate(
        _ arguments: String..., home: String, environment: [String: String] = BucketKeys.right
    ) async throws -> Larder.Outcome {
        try await Larder.run(
            ["migrate", "--accept-unsafe", "--data", home + "/spare"] + arguments, environment: environment, home: home,
            within: .seconds(180))
    }

    @Test("copies a filled installation from SQLite and files to PostgreSQL and a bucket and back; each is served")
    func thereAndBack() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await withSchema { postgres, schema in
            let url = postgres.url(schema: schema)
            try await LarderProcess.with(Self.quiet) { server in
                let filled = try await Filled.fill(server)
                let home = server.folder.path
                let inUse = try await migrate("--from", server.data, "--to", url, home: home)
                #expect(inUse.ending == .exit(1) && inUse.errors.contains("in use"), "\(inUse)")
                try await server.stop()
                let untold = try await migrate("--from", server.data, "--to", url, home: home)
                #expect(untold.ending == .exit(1) && untold.errors.contains("--objects"), "\(untold)")

                let there = try await migrate(
                    "--from", server.data, "--to", url, "--objects", bucket.address, "--json", home: home)
                #expect(there.ending == .exit(0), "\(there)")
                let rows = try JSON(there.output)["rows"]
                #expect(rows["logs"] == 2 && rows["tokens"] == 1 && rows["stores"].int ?? 0 >= 6, "\(there.output)")
                #expect(try JSON(there.output)["objects"].int ?? 0 >= 3)
                #expect(!there.errors.contains(PostgresServer.password))

                let shared = ["--index", url, "--accept-unsafe", "--objects", bucket.address]
                try await LarderProcess.with(Self.quiet + shared, environment: BucketKeys.right) { other in
                    try await filled.expect(of: other)
                    #expect(try !Disk.names(in: other.data).contains("signing.key"))
                    #expect(try await other.run("verify")["corrupt"] == 0)
                }
                let back = home + "/back"
                let again = try await migrate(
                    "--from", url, "--from-objects", bucket.address, "--to", back, home: home)
                #expect(again.ending == .exit(0), "\(again)")
                #expect(again.output.contains("rows copied and compared"), "\(again)")
                // The server of before, on the copy.
                try FileManager.default.removeItem(atPath: server.data)
                try FileManager.default.moveItem(atPath: back, toPath: server.data)
                try await server.start()
                try await filled.expect(of: server)
                #expect(try await server.run("verify")["corrupt"] == 0)
                // Numbers go on.
                let appended = try await server.send(
                    .POST, "/v1/progress/film/one", [:], .text(#"[{"agent":"a","n":3}]"#))
                try requireStatus(appended, 200, 201)
                #expect(try await server.get("/v1/progress/film/one").json["events"].items.count == 3)
            }
        }
    }

    @Test("killed in the middle, it is served by nobody and goes on; only the objects may change their place, too")
    func killed() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await LarderProcess.with(Self.quiet, environment: BucketKeys.right) { server in
            let filled = try await Filled.fill(server)
            try await server.stop()
            let home = server.folder.path, target = home + "/target"
            let arguments = ["migrate", "--from", server.data, "--to", target, "--objects", bucket.address]
            try await bucket.fail(.cut, .PUT, contains: "/objects/", times: .max)
            let child = try await Larder.start(arguments, environment: BucketKeys.right, home: home)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await bucket.requests().contains { $0.hasPrefix("PUT") && $0.contains("/objects/") }
                })
            await child.destroy()
            let refused = try await Larder.run(
                ["serve", "--data", target, "--port", "0", "--objects", bucket.address],
                environment: BucketKeys.right, home: home)
            #expect(refused.ending == .exit(1) && refused.lines.count == 1, "\(refused)")
            #expect(refused.errors.contains("larder migrate"), "\(refused)")
            try await bucket.comeBack()
            let done = try await Larder.run(
                arguments, environment: BucketKeys.right, home: home, within: .seconds(180))
            #expect(done.ending == .exit(0) && done.output.contains("went on"), "\(done)")
            let once = try await Larder.run(arguments, environment: BucketKeys.right, home: home)
            #expect(once.ending == .exit(1) && once.errors.contains("already"), "\(once)")
            #expect(once.lines.count == 1)

            try FileManager.default.removeItem(atPath: server.data)
            try FileManager.default.moveItem(atPath: target, toPath: server.data)
            let told = ["LARDER_OBJECTS": bucket.address].merging(BucketKeys.right) { $1 }
            let verified = try await Larder.run(
                ["verify", "--offline", "--data", server.data], environment: told, home: home, within: .seconds(60))
            #expect(verified.ending == .exit(0), "\(verified)")
            try await server.start(adding: ["--objects", bucket.address])
            try await filled.expect(of: server)
        }
    }

    @Test("What it can't read or write is one line and exit code 1")
    func refused() async throws {
        try await withSchema { postgres, schema in
            try await LarderProcess.with(Self.quiet) { server in
                try await server.stop()
                let home = server.folder.path
                func expectRefusal(_ said: String, _ from: String, _ to: String) async throws {
                    let outcome = try await migrate("--from", from, "--to", to, home: home)
                    #expect(outcome.ending == .exit(1) && outcome.lines.count == 1, "\(outcome)")
                    #expect(outcome.errors.contains(said), "\(outcome)")
                    #expect(!outcome.errors.contains("mistaken"))
                }
                let url = postgres.url(schema: schema)
                try await expectRefusal(
                    "password authentication failed", server.data, postgres.url(password: "mistaken"))
                try await expectRefusal(
                    "password authentication failed", postgres.url(password: "mistaken"), home + "/b")
                try await expectRefusal("schema", server.data, postgres.url(schema: "nowhere"))
                try await expectRefusal("no index", url, home + "/b")
                try await expectRefusal("no data directory", home + "/nowhere", url)
                try await expectRefusal("/proc/larder", server.data, "/proc/larder")
                let port = try PostgresServer.freePort()
                try await expectRefusal("can't be reached", server.data, postgres.url(port: port))
                let same = try await migrate("--from", server.data, "--to", server.data, home: home)
                #expect(same.ending == .exit(2), "\(same)")
            }
        }
    }

    @Test(
        "A target that is full is said so, and with room it goes on",
        .enabled(if: PrivateDisk.isPossible, "this machine lets us mount no file system of our own"))
    func full() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            for number in 0..<8 {
                let reply = try await server.put(
                    Native.entry("things", "k\(number)"), Bytes.noise(400_000, seed: UInt64(number)))
                try requireStatus(reply, 201)
            }
            try await server.stop()
            let home = server.folder.path, target = home + "/small"
            let child = try await Larder.start(
                ["migrate", "--from", server.data, "--to", target], home: home,
                wrapper: try PrivateDisk(sizeBytes: 2_500_000).wrapper(for: target))
            let ending = try await within(.seconds(60), "the end") { await child.ending.wait() }
            #expect(ending == .exit(1))
            let said = child.errors.text
            #expect(said.contains("full") || said.contains("room"), "\(said)")
            #expect(said.contains("it goes on where it was"), "\(said)")
        }
    }
}
