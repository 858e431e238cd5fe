import Foundation
import NIOHTTP1
import Testing

/// Contract §4.6: jobs are begun, watched, listed, cancelled, and go on after a crash.
@Suite("Jobs", .ownServers)
struct HousekeepingJobTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    @Test("A job answers 202, is listed, and ends with its result")
    func shape() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let begun = try await server.begin("collect", #"{"grace":"0s"}"#)
            #expect(begun["kind"] == "collect")
            #expect(begun["state"] == "running")
            let ended = try await server.finish(begun)
            #expect(ended["state"] == "done")
            #expect(ended["endedAt"].string != nil)
            #expect(ended["result"]["removed"] == 0)
            #expect(ended["result"]["byStore"].isObject)
            let list = try await server.get("/v1/admin/jobs").json["jobs"]
            #expect(list[0]["id"] == begun["id"])
            try expectError(try await server.get("/v1/admin/jobs/99"), 404, code: "not_found")
            try expectError(try await server.get("/v1/admin/jobs/x"), 404)
            try expectError(try await server.delete("/v1/admin/jobs/99"), 404)
            try expectError(try await server.get("/v1/admin/cleanup"), 405)
        }
    }

    @Test(
        "A malformed request is refused",
        arguments: [#"{"olderThan":"soon"}"#, #"{"dryRun":1}"#, #"{"stoer":"runs"}"#, #"{"project":"a/b"}"#, "[]", "{"])
    func refused(_ body: String) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try expectError(try await server.send(.POST, "/v1/admin/cleanup", [:], .text(body)), 400, 422)
            #expect(try await server.get("/v1/admin/jobs").json["jobs"].items.isEmpty)
        }
    }

    @Test("Only an admin of all sites may")
    func closed() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try expectError(try await server.send(.POST, "/v1/admin/cleanup", as: .nobody), 401)
            for scopes in [#"{"scopes":["read","write"]}"#, #"{"scopes":["admin"],"site":"one"}"#] {
                let made = try await server.send(
                    .POST, "/v1/admin/tokens", ["content-type": "application/json"], .text(scopes))
                let token = try #require(try made.json["token"].string)
                try expectError(try await server.send(.POST, "/v1/admin/cleanup", as: .bearer(token)), 403)
                try expectError(try await server.get("/v1/admin/jobs", as: .bearer(token)), 403)
            }
        }
    }

    /// So slow that it does not end by itself within the test.
    private static let slow = #"{"rate":"200KB"}"#

    private func fill(_ server: LarderProcess) async throws {
        let replies = try await concurrently(40) {
            try await server.put(Native.entry("things", "k\($0)"), Bytes.noise(100_000, seed: UInt64($0 + 1)))
        }
        #expect(replies.allSatisfy { $0.status == 201 })
    }

    @Test("One of a kind at a time; a cancelled job says so and makes room")
    func cancel() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await fill(server)
            let first = try await server.begin("verify", Self.slow)
            try expectError(try await server.send(.POST, "/v1/admin/verify"), 409, code: "conflict")
            // Another kind is another matter.
            _ = try await server.run("cleanup")
            let id = try #require(first["id"].string)
            let cancelled = try await server.delete("/v1/admin/jobs/\(id)")
            expectStatus(cancelled, 200)
            #expect(try await server.finish(first)["state"] == "cancelled")
            #expect(try await server.run("verify")["verified"] == 40)
        }
    }

    @Test("A job's progress is a stream that ends with it")
    func stream() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await fill(server)
            let job = try await server.begin("verify", #"{"rate":"4MB"}"#)
            let id = try #require(job["id"].string)
            let frames = try await server.follow("/v1/admin/jobs/\(id)") { try await $0.rest() }
            let events = frames.filter { $0.data != nil }
            #expect(events.last?.event == "ended")
            #expect(try events.last?.json["state"] == "done")
            #expect(events.dropLast().allSatisfy { $0.event == "progress" })
            #expect(events.count >= 2)
        }
    }

    @Test("SIGTERM in the middle of a job ends the server soon, and the job goes on after the start")
    func shutdown() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await fill(server)
            let job = try await server.begin("verify", Self.slow)
            let id = try #require(job["id"].string)
            async let stream = server.follow("/v1/admin/jobs/\(id)") { try await $0.rest() }
            _ = try await eventually { try await server.job(id)["progress"]["total"].int ?? 0 > 0 }
            #expect(try await server.stop(within: .seconds(10)) == .exit(0))
            _ = try? await stream
            try await server.start()
            #expect(try await server.job(id)["state"] == "running")
            _ = try await server.delete("/v1/admin/jobs/\(id)")
        }
    }

    @Test("kill -9 in the middle of a cleanup: it goes on, and counts every entry once")
    func killedCleanup() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await server.restart(clock: "-100d")
            let count = 3_000
            let replies = try await concurrently(count, width: 48) {
                try await server.put(Native.entry("runs", "k\($0)"), "\($0)")
            }
            #expect(replies.allSatisfy { $0.status == 201 })
            try await server.restart()
            try requireStatus(try await server.put(Native.entry("runs", "young"), "x"), 201)
            let job = try await server.begin("cleanup")
            let id = try #require(job["id"].string)
            for _ in 0..<3 {
                let before = try await server.job(id)["progress"]["done"].int ?? 0
                _ = try await eventually {
                    let now = try await server.job(id)
                    return now["state"] != "running" || (now["progress"]["done"].int ?? 0) > before
                }
                await server.kill()
                try await server.start()
            }
            let ended = try await server.finish(job)
            #expect(ended["state"] == "done", "\(ended)")
            #expect(ended["result"]["removed"].int == count)
            #expect(try await server.keys("runs") == ["young"])
            let store = try await server.get("/v1/stores/runs").json
            #expect(store["entries"] == 1)
            #expect(store["removed"]["cleanup"].int == count)
        }
    }

    @Test("kill -9 in the middle of a collection and of a verification: they go on, and nothing alive is lost")
    func killedOthers() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try await fill(server)
            for index in 0..<20 { expectStatus(try await server.delete(Native.entry("things", "k\(index)")), 204) }
            let collect = try await server.begin("collect", #"{"grace":"0s"}"#)
            await server.kill()
            try await server.start()
            #expect(try await server.finish(collect)["state"] == "done")
            #expect(try await server.has(objects: 20))
            let verify = try await server.begin("verify", #"{"rate":"2MB"}"#)
            let id = try #require(verify["id"].string)
            _ = try await eventually { try await server.job(id)["progress"]["total"].int ?? 0 > 0 }
            await server.kill()
            try await server.start()
            let ended = try await server.finish(verify)
            #expect(ended["result"]["verified"] == 20, "\(ended)")
            #expect(ended["result"]["corrupt"] == 0)
        }
    }
}
