import Foundation
import NIOHTTP1
import PostgresTestSupport
import S3TestSupport
import Testing

/// `larder backup restore --replace`: a running server is set back, all or nothing.
@Suite("larder backup restore --replace", .ownServers, .sqliteOnly("they name their engines"))
struct RestoreReplaceTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    /// A server with a repository in the test's own folder.
    private func withServer(_ body: (LarderProcess) async throws -> Void) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await server.stop()
            try await server.start(adding: ["--backup-to", "file://" + server.folder.appending("repository")])
            try await body(server)
        }
    }

    private func create(_ server: LarderProcess, _ body: String = "{}") async throws -> String {
        try #require(try await server.run("backup", body)["made"]["snapshot"].string)
    }

    private func replace(_ server: LarderProcess, _ id: String) async throws -> JSON {
        let outcome = try await server.command(["backup", "restore", id, "--replace", "--json"])
        try #require(outcome.ending == .exit(0), "\(outcome) \(server.log)")
        try await expectBack(server)
        return try JSON(outcome.output)["result"]
    }

    /// The same by HTTP.
    private func replace(_ server: LarderProcess, asking body: String) async throws -> JSON {
        let id = try #require(try await server.begin("restore", body)["id"].string)
        var last = JSON.null
        let isOver = try await eventually(within: .seconds(60)) {
            guard let job = try? await server.job(id) else { return false }
            last = job
            return job["state"] != "running"
        }
        try #require(isOver && last["state"] == "done", "\(last) \(server.log)")
        return last["result"]
    }

    /// The connections of before are gone, and new ones are taken.
    private func expectBack(_ server: LarderProcess) async throws {
        let isBack = try await eventually(within: .seconds(60)) {
            (try? await server.get("/readyz"))?.status == 200
        }
        try #require(isBack, "\(server.log)")
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test("gives exactly the snapshot's answers, and keeps the state before until it is discarded")
    func roundTrip() async throws {
        try await withServer { server in
            let filled = try await Filled.fill(server)
            let snapshot = try await create(server)
            try requireStatus(try await server.put(Native.entry("things", "late"), Bytes.noise(80_000, seed: 9)), 201)
            try requireStatus(try await server.put(Native.entry("things", "small"), "other"), 200)
            try requireStatus(try await server.delete(Native.entry("things", "noise")), 204)
            let made = try await server.send(.POST, "/v1/admin/tokens", [:], .text(#"{"scopes":["read"]}"#))
            let late = try #require(try made.json["token"].string)
            let port = try server.port, pid = try server.pid

            let result = try await replace(server, snapshot)
            #expect(result["snapshot"].string == snapshot && result["secrets"] == false)
            #expect(try server.port == port && server.pid == pid)
            try await filled.expect(of: server)
            expectStatus(try await server.get(Native.entry("things", "late")), 404)
            #expect(try await server.run("verify")["corrupt"] == 0)
            // Tokens of now, what is under way and what was done.
            expectStatus(
                try await server.get(Native.entry("things", "small"), as: .bearer(late)), 200)
            let jobs = try await server.get("/v1/admin/jobs").json["jobs"].items
            #expect(jobs.contains { $0["kind"] == "restore" && $0["state"] == "done" })
            #expect(jobs.contains { $0["kind"] == "backup" })
            let audit = try await server.get("/v1/admin/audit").text
            #expect(audit.contains("job.end") && audit.contains(snapshot))
            #expect(try await server.get("/metrics").text.contains("larder_backup_last_success_timestamp_seconds 1"))
            // It goes on as the Larder that it was.
            try requireStatus(try await server.put(Native.entry("things", "new"), "new"), 201)
            #expect(try await create(server).split(separator: "-")[5] == snapshot.split(separator: "-")[5])

            let before = try #require(result["before"].string)
            #expect(before.hasPrefix(server.data + ".before-") && exists(before + "/index.sqlite"))
            let stats = try await server.command("stats")
            #expect(stats.output.contains(before), "\(stats)")
            #expect(try await server.get("/v1/health").json["before"]["folder"].string == before)
            try await expectBefore(before, late)

            let discarded = try await server.command("backup", "discard-before")
            #expect(discarded.ending == .exit(0) && discarded.output.contains("removed \(before)"), "\(discarded)")
            #expect(!exists(before))
            #expect(try await server.get("/v1/health").json["before"].isNull)
            #expect(try await server.command("backup", "discard-before").output.contains("no state"))
            // What both states had is still there.
            #expect(try await server.run("verify")["corrupt"] == 0)
            try await server.stop()
            try await server.start()
            #expect(try await server.get(Native.entry("things", "new")).text == "new")
        }
    }

    /// The state before is a data directory that can be served.
    private func expectBefore(_ folder: String, _ token: String) async throws {
        let home = (folder as NSString).deletingLastPathComponent
        let child = try await Larder.start(["serve", "--data", folder, "--port", "0"] + Self.quiet, home: home)
        do {
            #expect(
                try await eventually(within: .seconds(60)) { child.output.text.contains("listening on") },
                "\(child.errors.text)")
            let url = try #require(child.output.text.split(separator: " ").first { $0.hasPrefix("http://") })
            for (key, expected) in [("late", 200), ("noise", 404), ("small", 200)] {
                let got = try await Larder.run(
                    ["stat", "things", key, "--url", String(url), "--token", token], home: home)
                #expect(got.ending == .exit(expected == 200 ? 0 : 3), "\(key): \(got)")
            }
        } catch {
            await child.destroy()
            throw error
        }
        child.send(SIGTERM)
        let ended = try await within(.seconds(60), "the server of the state before") { await child.ending.wait() }
        #expect(ended == .exit(0))
    }

    @Test("takes tokens and the signing key from a snapshot that has them")
    func secrets() async throws {
        try await withServer { server in
            let filled = try await Filled.fill(server)
            let snapshot = try await create(server, #"{"secrets":true}"#)
            let old = try server.token
            let rolled = try await server.command("token", "roll-admin")
            try #require(rolled.ending == .exit(0), "\(rolled)")
            try requireStatus(
                try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"0s"}"#)), 200)
            // The command finds the token that counts then in the data directory.
            let outcome = try await Larder.run(
                [
                    "backup", "restore", snapshot, "--replace", "--json", "--url", try server.url, "--data",
                    server.data,
                ], home: server.folder.path, within: .seconds(120))
            try #require(outcome.ending == .exit(0), "\(outcome) \(server.log)")
            #expect(try JSON(outcome.output)["result"]["secrets"] == true)
            try await expectBack(server)
            #expect(try server.token == old)
            try await filled.expect(of: server)
        }
    }

    @Test("refuses writers and answers readers meanwhile, is begun once, and can be cancelled")
    func meanwhile() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await LarderProcess.with(Self.quiet, environment: BucketKeys.right) { server in
            try await server.stop()
            try await server.start(adding: ["--backup-to", bucket.address])
            try requireStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(200_000)), 201)
            let snapshot = try await create(server)
            // Gone from here, so that it has to come from the repository.
            try requireStatus(try await server.put(Native.entry("things", "k"), "now"), 200)
            _ = try await server.run("collect", #"{"grace":"0s"}"#)
            let ask = #"{"id":"\#(snapshot)","replace":true}"#

            for isCancelled in [true, false] {
                try await bucket.fail(.hold, .GET, contains: "/objects/", times: .max)
                let job = try await server.begin("restore", ask)
                let isPaused = try await eventually(within: .seconds(60)) {
                    try await server.put(Native.entry("things", "probe"), "probe").status == 503
                }
                #expect(isPaused, "\(server.log)")
                let refused = try await server.put(Native.entry("things", "k"), Bytes.noise(50_000))
                expectStatus(refused, 503)
                #expect(refused.headers.first(name: "retry-after") != nil)
                #expect(try refused.json["error"]["code"] == "unavailable")
                expectStatus(try await server.get("/readyz"), 503)
                expectStatus(try await server.get("/healthz"), 200)
                #expect(try await server.get(Native.entry("things", "k")).text == "now")
                expectStatus(try await server.send(.POST, "/v1/admin/restore", [:], .text(ask)), 409)
                if isCancelled {
                    let id = try #require(job["id"].string)
                    try requireStatus(try await server.delete("/v1/admin/jobs/\(id)"), 200)
                    try await bucket.comeBack()
                    #expect(try await server.finish(job)["state"] == "cancelled")
                    #expect(try await server.get(Native.entry("things", "k")).text == "now")
                    try requireStatus(try await server.put(Native.entry("things", "k"), "now"), 200)
                    try expectNoRemains(server)
                } else {
                    try await bucket.comeBack()
                    #expect(
                        try await eventually(within: .seconds(60)) {
                            guard let now = try? await server.get(Native.entry("things", "k")) else { return false }
                            return now.status == 200 && now.body == Bytes.noise(200_000)
                        }, "\(server.log)")
                    #expect(try await server.finish(job)["state"] == "done")
                    try requireStatus(try await server.put(Native.entry("things", "k"), "again"), 200)
                }
            }
        }
        try await bucket.forget()
    }

    private func expectNoRemains(
        _ server: LarderProcess, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let left = try Disk.names(in: server.data).filter { name in
            ["restoring-", "restored-", "arriving-", "before-"].contains { name.hasPrefix($0) }
        }
        #expect(left.isEmpty, "\(left)", sourceLocation: sourceLocation)
        let beside = try Disk.names(in: server.folder.path).filter { $0.contains(".before-") }
        #expect(beside.isEmpty, "\(beside)", sourceLocation: sourceLocation)
    }

    @Test("refuses what it can't do in one line, and changes nothing")
    func refusals() async throws {
        try await withServer { server in
            for number in 0..<3 {
                let content = Bytes.noise(100_000, seed: UInt64(number))
                try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content), 201)
            }
            let snapshot = try await create(server)
            let some = try await create(server, #"{"stores":["things"]}"#)
            func expect(
                _ code: Int32, _ said: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
            ) async throws {
                let outcome = try await server.command(["backup", "restore"] + arguments)
                #expect(outcome.ending == .exit(code), "\(outcome)", sourceLocation: sourceLocation)
                #expect(outcome.errors.contains(said), "\(outcome)", sourceLocation: sourceLocation)
            }
            try await expect(3, "no snapshot", "00000000", "--replace")
            try await expect(2, "--into DIR, or --replace", snapshot)
            try await expect(
                2, "--into DIR, or --replace", snapshot, "--replace", "--into", server.folder.appending("x"))
            try await expect(1, "some stores only", some, "--replace")
            let missing = try await server.send(
                .POST, "/v1/admin/restore", [:], .text(#"{"id":"00000000","replace":true}"#))
            expectStatus(missing, 404)
            expectStatus(try await server.send(.POST, "/v1/admin/restore", [:], .text(#"{"id":"latest"}"#)), 400)
            // Another Larder's.
            try await LarderProcess.with(Self.quiet) { other in
                try requireStatus(try await other.put(Native.entry("things", "mine"), "mine"), 201)
                let to =
                    #"{"id":"\#(snapshot)","replace":true,"to":"file://\#(server.folder.appending("repository"))"}"#
                let refused = try await other.send(.POST, "/v1/admin/restore", [:], .text(to))
                expectStatus(refused, 409)
                #expect(refused.text.contains("another Larder's"))
                #expect(try await other.get(Native.entry("things", "mine")).text == "mine")
            }
            // Damage in the repository that only shows when it is read: none of it is here any more.
            for number in 0..<3 {
                try requireStatus(try await server.delete(Native.entry("things", "k\(number)")), 204)
            }
            _ = try await server.run("collect", #"{"grace":"0s"}"#)
            let repository = server.folder.appending("repository")
            let file =
                repository + "/objects/"
                + (try #require(try Disk.files(below: repository + "/objects").first))
            var bytes = try Disk.read(file)
            bytes[bytes.count / 2] ^= 1
            try Disk.write(bytes, to: file)
            try await expect(1, "nothing was restored", snapshot, "--replace")
            try FileManager.default.removeItem(atPath: file)
            try await expect(1, "nothing was restored", snapshot, "--replace")
            try requireStatus(try await server.put(Native.entry("things", "after"), "after"), 201)
            expectStatus(try await server.get(Native.entry("things", "k0")), 404)
            try expectNoRemains(server)
        }
    }

    @Test("is refused where the index or objects are elsewhere")
    func elsewhere() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await LarderProcess.with(
            Self.quiet + ["--objects", bucket.address, "--accept-unsafe"], environment: BucketKeys.right
        ) { server in
            let to = "file://" + server.folder.appending("repository")
            try requireStatus(try await server.put(Native.entry("things", "k"), "v"), 201)
            _ = try await server.run("backup", #"{"to":"\#(to)"}"#)
            let refused = try await server.send(
                .POST, "/v1/admin/restore", [:], .text(#"{"id":"latest","replace":true,"to":"\#(to)"}"#))
            expectStatus(refused, 501)
            #expect(refused.text.contains("--into"))
            try requireStatus(try await server.put(Native.entry("things", "k"), "w"), 200)
        }
        try await bucket.forget()
    }

    @Test(
        "on a disk of its own keeps the state before in the directory, and needs room for both",
        .enabled(if: PrivateDisk.isPossible, "only root may mount a disk"))
    func mounted() async throws {
        let disk = PrivateDisk(sizeBytes: 48 << 20)
        try await LarderProcess.with(Self.quiet + ["--min-free", "1MB"], disk: disk) { server in
            let to = "file://" + server.folder.appending("repository")
            func content(_ number: Int) -> [UInt8] { Bytes.noise(2 << 20, seed: UInt64(number)) }
            for number in 0..<6 {
                try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content(number)), 201)
            }
            let snapshot = try await create(server, #"{"to":"\#(to)"}"#)
            let ask = #"{"id":"\#(snapshot)","replace":true,"to":"\#(to)"}"#
            // What is here already takes no room twice, so a disk that could not hold it twice will do.
            for number in 6..<14 {
                try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content(number)), 201)
            }
            let before = try #require(try await replace(server, asking: ask)["before"].string)
            #expect(before.hasPrefix(server.data + "/before-"))
            for number in 0..<14 {
                let reply = try await server.get(Native.entry("things", "k\(number)"))
                #expect(number < 6 ? reply.body == content(number) : reply.status == 404, "k\(number)")
            }
            #expect(try await server.run("discard-before")["removed"].string == before)

            // Gone from here it needs all of its room, and there is none.
            for number in 0..<6 {
                try requireStatus(try await server.delete(Native.entry("things", "k\(number)")), 204)
            }
            _ = try await server.run("collect", #"{"grace":"0s"}"#)
            let ballast = try server.visible(server.data) + "/ballast"
            try Disk.write([UInt8](repeating: 1, count: 36 << 20), to: ballast)
            let job = try await server.finish(try await server.begin("restore", ask))
            #expect(job["state"] == "failed" && job["error"]["code"] == "disk_full", "\(job)")
            #expect(job["error"]["message"].string?.contains("nothing was changed") == true, "\(job)")
            expectStatus(try await server.get(Native.entry("things", "k0")), 404)
            try FileManager.default.removeItem(atPath: ballast)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await server.put(Native.entry("things", "small"), "small").status < 300
                })
            #expect(try await replace(server, asking: ask)["before"].string != nil)
            #expect(try await server.get(Native.entry("things", "k5")).body == content(5))
        }
    }

    @Test("whose server is killed meanwhile leaves the state before, and is not begun again")
    func killed() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await LarderProcess.with(Self.quiet, environment: BucketKeys.right) { server in
            try await server.stop()
            try await server.start(adding: ["--backup-to", bucket.address])
            try requireStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(200_000)), 201)
            let snapshot = try await create(server)
            try requireStatus(try await server.put(Native.entry("things", "k"), "now"), 200)
            _ = try await server.run("collect", #"{"grace":"0s"}"#)
            try await bucket.fail(.hold, .GET, contains: "/objects/", times: .max)
            let job = try await server.begin("restore", #"{"id":"\#(snapshot)","replace":true}"#)
            #expect(
                try await eventually(within: .seconds(60)) {
                    try await server.put(Native.entry("things", "probe"), "probe").status == 503
                })
            await server.kill()
            try await bucket.comeBack()
            try await server.start(adding: ["--backup-to", bucket.address])
            #expect(server.log.contains("taken back"))
            #expect(try await server.get(Native.entry("things", "k")).text == "now")
            #expect(try await server.finish(job)["state"] == "failed")
            #expect(try await eventually(within: .seconds(60)) { (try? expectedRemains(server)) == 0 })
            // Asked for again it is done, through the command.
            _ = try await replace(server, snapshot)
            #expect(try await server.get(Native.entry("things", "k")).body == Bytes.noise(200_000))
        }
        try await bucket.forget()
    }

    private func expectedRemains(_ server: LarderProcess) throws -> Int {
        try Disk.names(in: server.data).filter { $0.hasPrefix("restoring-") || $0.hasPrefix("discarded-") }.count
    }

    @Test("a second time keeps one state before, and brings back what the first took away")
    func twice() async throws {
        try await withServer { server in
            try requireStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(90_000, seed: 1)), 201)
            let first = try await create(server)
            try requireStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(90_000, seed: 2)), 200)
            let second = try await create(server)
            let one = try #require(try await replace(server, first)["before"].string)
            #expect(try await server.get(Native.entry("things", "k")).body == Bytes.noise(90_000, seed: 1))
            let two = try #require(try await replace(server, second)["before"].string)
            #expect(try await server.get(Native.entry("things", "k")).body == Bytes.noise(90_000, seed: 2))
            #expect(!exists(one) && exists(two))
            #expect(try await server.run("verify")["corrupt"] == 0)
        }
    }
}
