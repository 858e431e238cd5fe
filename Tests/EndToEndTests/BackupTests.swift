import Foundation
import NIOHTTP1
import PostgresTestSupport
import S3TestSupport
import Testing

/// `larder backup`, as an admin types it. What a snapshot is made of has its own tests.
@Suite("larder backup", .ownServers, .sqliteOnly("they name their engines"))
struct BackupTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    /// Runs a command that needs no server.
    private func backup(
        _ server: LarderProcess, _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> Larder.Outcome {
        try await Larder.run(
            ["backup"] + arguments + ["--data", server.data],
            environment: told(server).merging(environment) { $1 }, home: server.folder.path, within: .seconds(120))
    }

    /// What commands and servers here are told: the repository in the test's own folder.
    private func told(_ server: LarderProcess) -> [String: String] {
        ["LARDER_BACKUP_TO": "file://" + server.folder.appending("repository")]
    }

    @discardableResult
    private func create(_ server: LarderProcess, _ arguments: String...) async throws -> JSON {
        let made = try await server.command(
            ["backup", "create", "--json", "--to", "file://" + server.folder.appending("repository")] + arguments)
        try #require(made.ending == .exit(0), "\(made)")
        return try JSON(made.output)["result"]["made"]
    }

    /// Ids of the snapshots that are listed, oldest first.
    private func listed(_ server: LarderProcess) async throws -> [String] {
        let outcome = try await backup(server, "list", "--json")
        try #require(outcome.ending == .exit(0), "\(outcome)")
        return try JSON(outcome.output)["snapshots"].items.compactMap { $0["id"].string }
    }

    /// Puts what a restore made in the place of the data directory, and starts the server on it: with the policies that
    /// it was built with, for answers tell where a policy comes from.
    private func serve(_ server: LarderProcess, from restored: String) async throws {
        #expect(try Disk.names(in: restored + "/Stores").contains("runs.yaml"))
        try FileManager.default.removeItem(atPath: restored + "/Stores")
        try? FileManager.default.removeItem(atPath: server.data)
        try FileManager.default.moveItem(atPath: restored, toPath: server.data)
        try await server.start()
    }

    private func makeKey(_ folder: TemporaryFolder, _ text: String = "a key that is long enough") throws -> String {
        let path = folder.appending("key-\(text.count)")
        try Disk.write(Array(text.utf8), to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    @Test("commands find the repository that the server was started with")
    func asked() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await server.stop()
            let place = "file://" + server.folder.appending("repository")
            try await server.start(adding: ["--backup-to", place])
            expectStatus(try await server.put(Native.entry("things", "k"), "v"), 201)
            #expect(try await server.command("backup", "create").ending == .exit(0))
            let listed = try await server.command("backup", "list", "--json")
            let snapshots = try JSON(listed.output)["snapshots"]
            #expect(listed.ending == .exit(0) && snapshots.items.count == 1, "\(listed)")
            #expect(try await server.command("backup", "verify", "latest").ending == .exit(0))
            let status = try await server.command("status")
            #expect(status.output.contains("to \(place), the last "), "\(status)")
            try await server.stop()
            let nowhere = try await Larder.run(["backup", "list", "--data", server.data], home: server.folder.path)
            #expect(nowhere.ending != .exit(0) && nowhere.errors.contains("--to"), "\(nowhere)")
        }
    }

    @Test("brings a filled installation back when its machine is gone")
    func roundTrip() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let filled = try await Filled.fill(server)
            let made = try await create(server, "--secrets")
            #expect(made["counts"]["logs"] == 2 && made["damaged"].items.isEmpty)
            let metrics = try await server.get("/metrics").text
            #expect(metrics.contains("larder_backup_last_success_timestamp_seconds 1"))
            for arguments in [["list"], ["show", "latest"], ["verify", "latest", "--read-all"], ["drill"]] {
                let outcome = try await Larder.run(
                    ["backup"] + arguments, environment: told(server), home: server.folder.path, within: .seconds(120))
                #expect(outcome.ending == .exit(0), "\(outcome)")
            }
            try await server.stop()
            // Nothing but the repository is left.
            try FileManager.default.removeItem(atPath: server.data)
            let restored = server.folder.appending("restored")
            let outcome = try await backup(server, "restore", "latest", "--into", restored)
            #expect(outcome.ending == .exit(0) && outcome.output.contains("next  larder serve"), "\(outcome)")
            try await serve(server, from: restored)
            try await filled.expect(of: server)
            #expect(try await server.run("verify")["corrupt"] == 0)
            let appended = try await server.send(.POST, "/v1/progress/film/one", [:], .text(#"[{"agent":"a","n":3}]"#))
            try requireStatus(appended, 200, 201)
            #expect(try await server.get("/v1/progress/film/one").json["events"].items.count == 3)
            // It is the same Larder.
            let again = try await create(server)
            let larders = [made, again].map { $0["snapshot"].string?.split(separator: "-").dropLast().last }
            #expect(larders[0] != nil && larders[0] == larders[1])
            #expect(try await listed(server).count == 2)
        }
    }

    @Test("goes from SQLite by an encrypted bucket to PostgreSQL and a bucket, and back by a folder")
    func engines() async throws {
        let repository = try await S3TestServer.shared.makeBucket(),
            objects = try await S3TestServer.shared.makeBucket()
        try await withSchema { postgres, schema in
            try await LarderProcess.with(Self.quiet, environment: BucketKeys.right) { server in
                let filled = try await Filled.fill(server)
                let key = try makeKey(server.folder), home = server.folder.path
                let told = [
                    "LARDER_BACKUP_TO": repository.address, "LARDER_BACKUP_KEY_FILE": key,
                ].merging(BucketKeys.right) { $1 }
                try await server.stop()
                try await server.start(adding: ["--backup-to", repository.address, "--backup-key-file", key])
                let made = try await server.command("backup", "create", "--secrets", environment: BucketKeys.right)
                #expect(made.ending == .exit(0), "\(made)")
                try await server.stop()

                let url = postgres.url(schema: schema)
                let there = try await Larder.run(
                    [
                        "backup", "restore", "latest", "--into", home + "/other", "--index", url, "--objects",
                        objects.address, "--accept-unsafe",
                    ], environment: told, home: home, within: .seconds(120))
                #expect(there.ending == .exit(0), "\(there)")
                let shared = ["--index", url, "--accept-unsafe", "--objects", objects.address]
                let folder = "file://" + home + "/repository"
                try await LarderProcess.with(Self.quiet + shared, environment: BucketKeys.right) { other in
                    try await filled.expect(of: other)
                    #expect(try await other.run("verify")["corrupt"] == 0)
                    let made = try await other.command("backup", "create", "--secrets", "--to", folder)
                    #expect(made.ending == .exit(0), "\(made)")
                }
                let back = try await backup(server, "restore", "latest", "--into", home + "/back")
                #expect(back.ending == .exit(0), "\(back)")
                try await serve(server, from: home + "/back")
                try await filled.expect(of: server)
                #expect(try await server.run("verify")["corrupt"] == 0)
            }
        }
    }

    @Test("brings the policies in force along, and they count where --stores names no others")
    func policies() async throws {
        try await TemporaryFolder.with { folder in
            let policy = "name: things\nmatches: [things]\nrules:\n  - keys: \"**\"\n    maxSize: 4B\n"
            try FileManager.default.createDirectory(
                atPath: folder.appending("policies"), withIntermediateDirectories: true)
            try Disk.write(Array(policy.utf8), to: folder.appending("policies") + "/things.yaml")
            try await LarderProcess.with(Self.quiet) { server in
                try await server.stop()
                try await server.start(adding: ["--stores", folder.appending("policies")])
                try requireStatus(try await server.put(Native.entry("things", "k"), "four"), 201)
                try await create(server)
                try await server.stop()
                let restored = server.folder.appending("restored")
                #expect(try await backup(server, "restore", "latest", "--into", restored).ending == .exit(0))
                try FileManager.default.removeItem(atPath: server.data)
                try FileManager.default.moveItem(atPath: restored, toPath: server.data)
                try await server.start()
                expectStatus(try await server.put(Native.entry("things", "k"), "five!"), 413)
                #expect(try await server.get(Native.entry("things", "k")).text == "four")
            }
        }
    }

    @Test("refuses what it can't do in one line, and changes nothing")
    func refusals() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let home = server.folder.path
            func expect(
                _ code: Int32, _ said: String, _ arguments: String..., environment: [String: String] = [:],
                sourceLocation: SourceLocation = #_sourceLocation
            ) async throws {
                let outcome = try await Larder.run(
                    ["backup"] + arguments, environment: told(server).merging(environment) { $1 }, home: home)
                #expect(outcome.ending == .exit(code), "\(outcome)", sourceLocation: sourceLocation)
                #expect(outcome.errors.contains(said), "\(outcome)", sourceLocation: sourceLocation)
            }
            try await expect(3, "no repository", "list")
            try requireStatus(try await server.put(Native.entry("things", "k"), "v"), 201)
            try await create(server)
            try await expect(3, "no snapshot", "show", "00000000")
            try await expect(3, "no snapshot", "restore", "nothing", "--into", home + "/x")
            #expect(!FileManager.default.fileExists(atPath: home + "/x"))
            try FileManager.default.createDirectory(atPath: home + "/full", withIntermediateDirectories: true)
            try Disk.write([1], to: home + "/full/mine")
            try await expect(1, "choose an empty place", "restore", "latest", "--into", home + "/full")
            #expect(try Disk.names(in: home + "/full") == ["mine"])
            let key = try makeKey(server.folder)
            try await expect(1, "not encrypted", "list", "--key-file", key)
            try await expect(2, "file:///FOLDER", "list", "--to", "file://here")
            try await expect(2, "AWS_ACCESS_KEY_ID", "list", "--to", "s3://bucket/x")
            try await expect(2, "--keep-last", "prune")
            let credentials = server.folder.appending("credentials")
            try Disk.write(Array("[default]\naws_access_key_id = a\naws_secret_access_key = b\n".utf8), to: credentials)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: credentials)
            try await expect(2, "chmod 600", "list", "--to", "s3://bucket/x", "--credentials", credentials)

            let nowhere = try await server.command("backup", "create")
            #expect(nowhere.ending == .exit(1) && nowhere.errors.contains("--backup-to"), "\(nowhere)")
            let foreign = try await server.command("backup", "create", "--to", "file://" + home + "/full")
            #expect(foreign.ending == .exit(1) && foreign.errors.contains("other files"), "\(foreign)")
            let away = try await server.command("backup", "create", "--to", "file:///proc/larder")
            #expect(away.ending == .exit(1) && away.errors.contains("/proc/larder"), "\(away)")
            let nothing = try await server.command(
                "backup", "create", "--store", "none-*", "--to", "file://" + home + "/repository")
            #expect(nothing.ending == .exit(1) && nothing.errors.contains("No store"), "\(nothing)")
            #expect(try await listed(server).count == 1)
            for (to, said) in [("s3:/bucket", "s3://BUCKET"), ("file://x", "file:///FOLDER")] {
                let outcome = try await Larder.run(
                    ["serve", "--data", home + "/never", "--port", "0", "--backup-to", to],
                    environment: BucketKeys.right, home: home)
                #expect(outcome.ending == .exit(1) && outcome.lines.count == 1, "\(outcome)")
                #expect(outcome.errors.contains(said), "\(outcome)")
            }
            #expect(!FileManager.default.fileExists(atPath: home + "/never"))
            expectStatus(try await server.send(.POST, "/v1/admin/backup", [:], .text(#"{"stores":["[a]"]}"#)), 400)
        }
    }

    @Test("by itself makes the first at once and the next by the repository's times, and keeps the last so many")
    func schedule() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try requireStatus(try await server.put(Native.entry("things", "k"), "v"), 201)
            try await server.stop()
            let daily = ["--backup-every", "1d", "--backup-keep", "2"]
            let to = ["--backup-to", "file://" + server.folder.appending("repository")]
            try await server.start(adding: to + daily)
            // A job that a stop breaks off behind its snapshot would make another one.
            let isMade = try await eventually(within: .seconds(60)) {
                let job = try await server.get("/v1/admin/jobs").json["jobs"].items.first { $0["kind"] == "backup" }
                return job?["state"] == "done"
            }
            #expect(isMade)
            #expect(try await listed(server).count == 1)
            try await server.stop()
            // None is due: the one that is there is young.
            try await server.start(adding: to + daily)
            try await create(server)
            try await server.stop()
            #expect(try await listed(server).count == 2)
            // A day later one is, and the first goes.
            let first = try await listed(server)[0]
            try await server.start(clock: "25h", adding: to + daily)
            #expect(
                try await eventually(within: .seconds(60)) {
                    let now = try await listed(server)
                    return now.count == 2 && !now.contains(first)
                })
        }
    }

    @Test("whose server is killed in the middle leaves nothing that is listed and can't be restored")
    func killed() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let body = "{\"to\":\"file://\(server.folder.appending("repository"))\"}"
            for round in 0..<6 {
                for number in 0..<12 {
                    let content = Bytes.noise(
                        number.isMultiple(of: 3) ? 300_000 : 3_000, seed: UInt64(round * 100 + number))
                    try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content), 200, 201)
                }
                // One that a kill broke off goes on after the start, and may still do so.
                try requireStatus(try await server.send(.POST, "/v1/admin/backup", [:], .text(body)), 202, 409)
                try await Task.sleep(for: .milliseconds(round * 12))
                await server.kill()
                try await server.start()
            }
            // The job that was under way goes on by itself.
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await server.get("/v1/admin/jobs").json["jobs"].items.allSatisfy { $0["state"] != "running" }
                })
            try await create(server)
            let ids = try await listed(server)
            #expect(!ids.isEmpty)
            for id in ids {
                let outcome = try await backup(server, "verify", id, "--read-all")
                #expect(outcome.ending == .exit(0), "\(outcome)")
            }
            let drilled = try await backup(server, "drill")
            #expect(drilled.ending == .exit(0), "\(drilled)")
            let pruned = try await backup(server, "prune", "--keep-last", "1", "--grace", "0s")
            #expect(pruned.ending == .exit(0), "\(pruned)")
            #expect(try await backup(server, "drill").ending == .exit(0))
        }
    }

    @Test("that is being restored when it is killed is served by nobody, and simply run again")
    func killedRestore() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            for number in 0..<60 {
                let content = Bytes.noise(400_000, seed: UInt64(number))
                try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content), 201)
            }
            try await create(server)
            let home = server.folder.path, into = home + "/restored"
            let child = try await Larder.start(
                ["backup", "restore", "latest", "--into", into], environment: told(server), home: home)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try Disk.files(below: into + "/objects").count > 3
                })
            await child.destroy()
            let served = try await Larder.run(["serve", "--data", into, "--port", "0"], home: home)
            #expect(served.ending == .exit(1) && served.lines.count == 1, "\(served)")
            let again = try await backup(server, "restore", "latest", "--into", into)
            #expect(again.ending == .exit(0), "\(again)")
            try await server.stop()
            try await serve(server, from: into)
            for number in 0..<60 {
                #expect(
                    try await server.get(Native.entry("things", "k\(number)")).body
                        == Bytes.noise(400_000, seed: UInt64(number)))
            }
        }
    }
}
