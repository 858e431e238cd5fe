import Foundation
import Testing

/// Verification: damage is found, named, put away, and heals when the content is written again.
@Suite("Verification", .ownServers)
struct HousekeepingVerifyTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    @Test(
        "A flipped bit is found, quarantined, told of by key, and healed by a new PUT",
        arguments: [Content.noise(200_000), .prose(200_000)])
    func flipped(_ made: Content) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let content = made.bytes
            for key in ["a", "b/c"] {
                try requireStatus(try await server.put(Native.entry("things", key), content), 201)
            }
            for index in 0..<5 {
                let put = try await server.put(
                    Native.entry("things", "ok\(index)"), Bytes.noise(50_000, seed: UInt64(index + 7)))
                try requireStatus(put, 201)
            }
            let digest = Bytes.sha256(content)
            try #require(try await server.has(objects: 6))
            let name = try #require(try await server.objects().first { $0.contains(digest) })
            let healthy = Set(try await server.objects()).subtracting([name])
            try await server.flipBit(inObject: name, at: 60)

            let result = try await server.run("verify")
            #expect(result["verified"] == 6)
            #expect(result["corrupt"] == 1)
            let damage = result["damaged"][0]
            #expect(damage["object"].string == digest)
            #expect(damage["quarantined"] == true)
            #expect(Set(damage["entries"].items.compactMap { $0["key"].string }) == ["a", "b/c"])
            #expect(Set(try await server.objects()) == healthy)
            #expect(try await server.quarantined().count == 1)
            for key in ["a", "b/c"] {
                try expectError(try await server.get(Native.entry("things", key)), 500, code: "corrupt_entry")
            }
            #expect(try await server.run("verify")["missing"] == 1)

            try requireStatus(try await server.put(Native.entry("other", "again"), content), 201)
            for key in ["a", "b/c"] {
                #expect(try await server.get(Native.entry("things", key)).fingerprint == content.fingerprint)
            }
            let healed = try await server.run("verify")
            #expect(healed["corrupt"] == 0)
            #expect(healed["missing"] == 0)
        }
    }

    @Test("A file that is cut short, or gone, is found", arguments: [true, false])
    func missing(_ isGone: Bool) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            try requireStatus(try await server.put(Native.entry("things", "k"), Bytes.noise(100_000)), 201)
            let name = try #require(try await server.objects().first)
            if isGone {
                try await server.removeObject(name)
            } else {
                try await server.overwriteObject(name, try await server.readObject(name).dropLast())
            }
            let result = try await server.run("verify")
            #expect(result[isGone ? "missing" : "corrupt"] == 1)
            #expect(result["damaged"][0]["entries"][0]["key"] == "k")
        }
    }

    @Test(
        "verify --offline works on a stopped data directory, and refuses one that is in use",
        .sqliteOnly("a database has tests of its own"))
    func offline() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            for index in 0..<3 {
                let put = try await server.put(
                    Native.entry("things", "k\(index)"), Bytes.noise(100_000, seed: UInt64(index + 1)))
                try requireStatus(put, 201)
            }
            let arguments = ["verify", "--offline", "--data", server.data]
            let refused = try await Larder.run(arguments, home: server.folder.path)
            #expect(refused.ending == .exit(1))
            #expect(refused.errors.contains("in use"))
            try await server.stop()
            let clean = try await Larder.run(arguments, home: server.folder.path)
            #expect(clean.ending == .exit(0), "\(clean)")
            #expect(clean.output.contains("3 objects"))
            try await server.flipBit(inObject: try #require(try await server.objects().first), at: 5)
            let damaged = try await Larder.run(arguments + ["--json"], home: server.folder.path)
            #expect(damaged.ending == .exit(1))
            #expect(try JSON(damaged.output)["result"]["corrupt"] == 1)
            let nowhere = try await Larder.run(
                ["verify", "--offline", "--data", server.data + "-not"], home: server.folder.path)
            #expect(nowhere.ending == .exit(1) || nowhere.ending == .exit(3))
            #expect(!FileManager.default.fileExists(atPath: server.data + "-not"))
        }
    }
}
