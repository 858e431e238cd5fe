import Foundation
import NIOHTTP1
import Testing

/// On a full disk what takes away still works.
@Suite(
    "Strangers: a disk that another program has filled", .ownServers, .sqliteOnly("the database has its own disk"),
    .enabled(if: PrivateDisk.isPossible, "this machine lets us mount no file system of our own"))
struct FilledDiskTests {
    /// Writes to a file until the disk is full to its last byte.
    private func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        var size = 1 << 20
        while size > 0 {
            let written = [UInt8](repeating: 0, count: size).withUnsafeBytes { write(file, $0.baseAddress, size) }
            if written <= 0 { size /= 2 }
        }
    }

    @Test("Tokens are revoked, the admin token is rolled, entries are removed")
    func removals() async throws {
        try await LarderProcess.with(disk: PrivateDisk(sizeBytes: 16_000_000)) { server in
            for key in 0..<3 {
                try requireStatus(
                    try await server.put(
                        Native.entry("things", "k\(key)"), Bytes.noise(100_000, seed: UInt64(key + 1))),
                    201)
            }
            let made = try await server.makeToken(#"{"scopes":["read"]}"#)
            let id = try #require(made["id"].string), token = try #require(made["token"].string)
            // Nothing is left in the log of changes that a later one could be written over.
            let wal = try server.visible(server.data) + "/index.sqlite-wal"
            #expect(try await eventually { try Disk.read(wal).isEmpty })
            try fill(try server.visible(server.data) + "/filler")
            #expect(
                try await eventually {
                    try await server.put(Native.entry("things", "late"), Bytes.noise(10_000)).status == 507
                })
            expectStatus(try await server.delete("/v1/admin/tokens/\(id)"), 204)
            expectStatus(try await server.get("/v1/stores", as: .bearer(token)), 401)
            expectStatus(try await server.delete(Native.entry("things", "k0")), 204)
            expectStatus(try await server.get(Native.entry("things", "k0")), 404)
            let old = try server.token
            let rolled = try await server.send(.POST, "/v1/admin/tokens/admin/roll")
            expectStatus(rolled, 200)
            expectStatus(try await server.get("/v1/stores", as: .bearer(old)), 401)
            let new = Credential.bearer(try #require(try rolled.json["token"].string))
            expectStatus(try await server.get("/v1/stores", as: new), 200)
            let rotated = try await server.send(
                .POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"0s"}"#), as: new)
            expectStatus(rotated, 200)
            expectStatus(try await server.delete("/v1/stores/things/entries?all=true", as: new), 200)
            #expect(try await server.get(Native.entries("things"), as: new).json["entries"].items.isEmpty)
            // And writes, when the other program is gone.
            try FileManager.default.removeItem(atPath: try server.visible(server.data) + "/filler")
            #expect(
                try await eventually {
                    (200...201).contains(try await server.put(Native.entry("things", "late"), "x", as: new).status)
                })
        }
    }
}

/// Bytes are not all that a disk can run out of.
@Suite(
    "Strangers: a disk without inodes", .ownServers,
    .enabled(if: PrivateDisk.isPossible, "this machine lets us mount no file system of our own"))
struct InodeTests {
    @Test("Uploads are 507, and /readyz says so until there is room")
    func exhausted() async throws {
        try await LarderProcess.with(disk: PrivateDisk(sizeBytes: 32_000_000, inodes: 400)) { server in
            let before = Bytes.noise(50_000)
            try requireStatus(try await server.put(Native.entry("things", "before"), before), 201)
            let folder = try server.visible(server.data) + "/taken"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            var number = 0
            var failure: Int32 = 0
            while failure == 0 {
                let file = open("\(folder)/\(number)", O_WRONLY | O_CREAT, 0o600)
                if file < 0 { failure = errno } else { close(file) }
                number += 1
            }
            try #require(failure == ENOSPC && number > 1)
            try expectError(
                try await server.put(Native.entry("things", "late"), Bytes.noise(3_000_000, seed: 2)), 507,
                code: "disk_full")
            let tells = try await eventually { try await server.get("/readyz", as: .nobody).status == 503 }
            #expect(tells, "not a file can be made, and it calls itself ready")
            #expect(try await server.get(Native.entry("things", "before")).fingerprint == Fingerprint(before))
            expectStatus(try await server.delete(Native.entry("things", "before")), 204)
            try FileManager.default.removeItem(atPath: folder)
            #expect(try await eventually { try await server.get("/readyz", as: .nobody).status == 200 })
            expectStatus(
                try await server.put(Native.entry("things", "late"), Bytes.noise(3_000_000, seed: 2)), 201)
        }
    }
}

/// Memory writes are writes.
@Suite("Strangers: the memory and a full disk", .ownServers)
struct MemoryDiskGuardTests {
    @Test("Runs, ratings, preferences and rebuilds are 507 while the guard is on; reading and forgetting go on")
    func guarded() async throws {
        try await LarderProcess.with { server in
            let memory = MemoryProject(on: server)
            try await memory.record("r")
            try await server.stop()
            try await server.start(adding: ["--min-free", "9000000GB"])
            let before = try await memory.read().text
            let run = #"{"runId":"\#(memory.run("r2"))","theme":"t","mood":"m","musicStyle":"s"}"#
            let rating = #"{"runId":"\#(memory.run("r"))","rating":"good"}"#
            for (part, body) in [("runs", run), ("ratings", rating)] {
                let reply = try await server.send(.POST, "\(memory.target)/\(part)", [:], .text(body))
                try expectError(reply, 507, code: "disk_full")
            }
            let wish = try await server.send(
                .PATCH, memory.target + "/preferences", ["content-type": "application/json"],
                .text(#"{"favorite_moods":["m"]}"#))
            try expectError(wish, 507, code: "disk_full")
            try expectError(try await server.send(.POST, memory.target + "/rebuild"), 507, code: "disk_full")
            #expect(try await memory.read().text == before)
            expectStatus(try await server.get(memory.evaluation("r")), 404)
            expectStatus(try await server.delete(memory.target), 204)
            // A token is one more thing that is kept.
            let token = try await server.send(
                .POST, "/v1/admin/tokens", ["content-type": "application/json"], .text(#"{"scopes":["read"]}"#))
            try expectError(token, 507, code: "disk_full")
        }
    }
}
