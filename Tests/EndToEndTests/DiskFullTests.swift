import Foundation
import Testing

/// Issue 2, «what bad luck gets»: a full disk is 507, reads go on, and writes work again when there is room.
@Suite(
    "A full disk", .ownServers, .sqliteOnly("the database has its own disk"),
    .enabled(if: PrivateDisk.isPossible, "this machine lets us mount no file system of our own"))
struct DiskFullTests {
    @Test("Writes that don't fit are 507 and store nothing; room makes them work again", arguments: [200_000, 10_000])
    func full(_ size: Int) async throws {
        try await LarderProcess.with(disk: PrivateDisk(sizeBytes: 12_000_000)) { server in
            let ballast = try server.visible(server.data) + "/ballast"
            try Disk.write([UInt8](repeating: 0, count: 4_000_000), to: ballast)
            func target(_ index: Int) -> String { Netlify.edge("things", "k\(index)") }
            func content(_ index: Int) -> [UInt8] { Bytes.noise(size, seed: UInt64(index + 1)) }

            var stored = 0
            var refusal: Reply?
            while refusal == nil, stored < 2_000 {
                let reply = try await server.put(target(stored), content(stored))
                if reply.status == 200 { stored += 1 } else { refusal = reply }
            }
            try expectError(try #require(refusal, "12 MB held \(stored) × \(size) bytes"), 507, code: "disk_full")
            #expect(stored > 5)

            // Reads go on, and nothing that was acknowledged is lost.
            for index in 0..<stored {
                #expect(try await server.get(target(index)).fingerprint == content(index).fingerprint)
            }
            expectStatus(try await server.get(target(stored)), 404)
            expectStatus(try await server.get("/default/site:things"), 200)
            // The index may have given room back since: what does not fit is refused all the same.
            var again = try await server.put(target(stored), content(stored))
            while again.status == 200, stored < 2_000 {
                stored += 1
                again = try await server.put(target(stored), content(stored))
            }
            try expectError(again, 507)
            #expect(try await eventually { try server.incoming().isEmpty })

            try FileManager.default.removeItem(atPath: ballast)
            #expect(
                try await eventually { try await server.put(target(stored), content(stored)).status == 200 },
                "no write works though there is room")
            expectStatus(try await server.put(target(stored + 1), "small"), 200)
            for index in 0...stored {
                #expect(try await server.get(target(index)).fingerprint == content(index).fingerprint)
            }
            let ending = try await server.stop()
            #expect(ending == .exit(0))
        }
    }
}
