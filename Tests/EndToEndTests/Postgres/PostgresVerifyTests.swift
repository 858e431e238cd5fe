import Foundation
import PostgresTestSupport
import Testing

@Suite("Verifying offline with the index on PostgreSQL", .ownServers, .sqliteOnly("they name their engines"))
struct PostgresVerifyTests {
    @Test("verify --offline reads the database, and refuses one that is served or holds no index")
    func offline() async throws {
        try await withSchema { postgres, schema in
            let url = postgres.url(schema: schema)
            try await LarderProcess.with(["--index", url, "--accept-unsafe"]) { server in
                for number in 0..<3 {
                    let content = Bytes.noise(100_000, seed: UInt64(number + 1))
                    try requireStatus(try await server.put(Native.entry("things", "k\(number)"), content), 201)
                }
                let command = ["verify", "--offline", "--data", server.data]
                let home = server.folder.path
                let used = try await Larder.run(command + ["--index", url], home: home, within: .seconds(60))
                #expect(used.ending == .exit(1) && used.errors.contains("in use"), "\(used)")
                let elsewhere = ["verify", "--offline", "--data", home + "/other", "--index", url]
                let served = try await Larder.run(elsewhere, home: home, within: .seconds(60))
                #expect(served.ending == .exit(1) && served.errors.contains("is served by a larder"), "\(served)")
                try await server.stop()
                let clean = try await Larder.run(command, environment: ["LARDER_INDEX": url], home: home)
                #expect(clean.ending == .exit(0) && clean.output.contains("3 objects"), "\(clean)")
                let path = server.objectsFolder + "/" + (try #require(try await server.objects().first))
                try Disk.write(Array(try Disk.read(path).dropLast()), to: path)
                let damaged = try await Larder.run(command + ["--index", url, "--json"], home: home)
                #expect(damaged.ending == .exit(1))
                #expect(try JSON(damaged.output)["result"]["corrupt"] == 1)
                let nothing = try await blocking { try postgres.makeSchema() }
                let empty = try await Larder.run(
                    command + ["--index", postgres.url(schema: nothing)], home: home)
                #expect(empty.ending == .exit(1) && empty.errors.contains("no index"), "\(empty)")
                try await blocking { try postgres.dropSchema(nothing) }
            }
        }
    }
}
