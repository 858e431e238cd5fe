import NIOHTTP1
import Testing

/// Contract §4: 507 before the disk is full; reads and removals go on.
@Suite("Disk guard", .ownServers)
struct HousekeepingGuardTests {
    @Test("Below the floor writes get 507, reads and deletes go on, and /readyz says so")
    func floor() async throws {
        try await LarderProcess.with { server in
            for (key, size) in [("small", 10), ("large", 100_000)] {
                try requireStatus(try await server.put(Native.entry("things", key), Bytes.noise(size)), 201)
            }
            expectStatus(try await server.get("/readyz"), 200)
            try await server.stop()
            try await server.start(adding: ["--min-free", "9000000GB"])
            let tight = server
            try expectError(try await tight.put(Native.entry("things", "new"), "x"), 507, code: "disk_full")
            try expectError(
                try await tight.put(Native.entry("things", "new"), Bytes.noise(100_000)), 507, code: "disk_full")
            try expectError(try await ProgressRun(on: tight).append(#"{"n":1}"#), 507, code: "disk_full")
            try expectError(try await tight.get("/readyz", as: .nobody), 503, code: "disk_full")
            expectStatus(try await tight.get("/healthz"), 200)
            for key in ["small", "large"] {
                expectStatus(try await tight.get(Native.entry("things", key)), 200)
                expectStatus(try await tight.delete(Native.entry("things", key)), 204)
            }
            #expect(try await tight.run("collect", #"{"grace":"0s"}"#)["removed"] == 1)
            try await tight.stop()
        }
    }

    @Test("Below the floor a memory learns nothing, and what it gives back goes on")
    func memory() async throws {
        try await LarderProcess.with { server in
            let memory = MemoryProject(on: server)
            try await memory.record("known")
            try await memory.rate("known", "good")
            let before = try await memory.read().text
            try await server.stop()
            try await server.start(adding: ["--min-free", "9000000GB"])
            let run = #"{"runId":"\#(memory.run("new"))","theme":"walk","mood":"calm","musicStyle":"jazz"}"#
            let rating = #"{"runId":"\#(memory.run("known"))","rating":"bad"}"#
            let writes: [(HTTPMethod, part: String, body: String)] = [
                (.POST, "runs", run), (.POST, "ratings", rating), (.PATCH, "preferences", #"{"moods":["calm"]}"#),
                (.POST, "rebuild", ""),
            ]
            for (method, part, body) in writes {
                let reply = try await server.send(
                    method, "\(memory.target)/\(part)", ["content-type": "application/json"], .text(body))
                try expectError(reply, 507, code: "disk_full")
            }
            try expectError(try await server.put(memory.evaluation("known"), rating), 507, code: "disk_full")
            #expect(try await memory.read().text == before)
            expectStatus(try await server.delete(memory.evaluation("known")), 204)
            #expect(try await memory.item("known")["rating"].isNull)
            expectStatus(try await server.delete(memory.target), 204)
            try await server.stop()
        }
    }
}
