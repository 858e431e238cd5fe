import Foundation
import NIOHTTP1
import PostgresTestSupport
import Testing

@Suite("Jobs of nodes, and what shows nodes", .ownServers, .sqliteOnly("they name their engines"))
struct NodeJobTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    /// `larder nodes --json`, each by its name.
    private func known(_ server: LarderProcess) async throws -> [String: JSON] {
        let outcome = try await Larder.run(
            ["nodes", "--json"], environment: ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token],
            home: server.folder.path)
        try #require(outcome.ending == .exit(0), "\(outcome)")
        let nodes = try JSON(outcome.output)["nodes"].items
        return Dictionary(nodes.map { ($0["name"].string ?? "", $0) }) { $1 }
    }

    @Test("A job that a killed node was at goes on at another within 30 s, and all see who is there")
    func takeOver() async throws {
        try await Nodes.with(2, Self.quiet) { nodes in
            let a = nodes[0], b = nodes[1]
            for number in 0..<40 {
                let content = Bytes.noise(1_000, seed: UInt64(number + 1))
                try requireStatus(try await a.put(Native.entry("things", "k\(number)"), content), 201)
            }
            let addresses = [try a.url, try b.url]
            let seen = try await eventually(within: .seconds(20)) {
                let nodes = try await known(b)
                return ["node-1", "node-2"].map { nodes[$0]?["address"].string } == addresses
            }
            #expect(seen)
            let job = try await a.begin("verify", #"{"rate":"500B"}"#)
            let id = try #require(job["id"].string)
            try expectError(try await b.send(.POST, "/v1/admin/verify"), 409)
            #expect(try await known(b)["node-1"]?["doing"] == .array([.string("verify")]))
            await a.kill()
            let isTaken = try await eventually(within: .seconds(30)) {
                let nodes = try await known(b)
                return nodes["node-2"]?["doing"] == .array([.string("verify")]) && nodes["node-1"]?["state"] == "gone"
            }
            let shown = try await known(b)
            #expect(isTaken, "\(shown) \(b.log)")
            #expect(b.log.contains("goes on with a job"))
            #expect(try await known(b)["node-2"]?["state"] == "up")
            #expect(try await b.job(id)["state"] == "running")
            try requireStatus(try await b.send(.DELETE, "/v1/admin/jobs/\(id)"), 200)
            #expect(try await b.finish(job)["state"] == "cancelled")
        }
    }

    @Test("A job is cancelled through a node that does not work on it")
    func cancel() async throws {
        try await Nodes.with(2, Self.quiet) { nodes in
            let a = nodes[0], b = nodes[1]
            for number in 0..<40 {
                let content = Bytes.noise(1_000, seed: UInt64(number + 1))
                try requireStatus(try await a.put(Native.entry("things", "k\(number)"), content), 201)
            }
            let job = try await a.begin("verify", #"{"rate":"500B"}"#)
            let id = try #require(job["id"].string)
            try requireStatus(try await b.send(.DELETE, "/v1/admin/jobs/\(id)"), 200)
            #expect(try await a.finish(job)["state"] == "cancelled")
        }
    }

    @Test("A second node with a name that is up is refused in one line")
    func name() async throws {
        try await withSchema { postgres, schema in
            let arguments = ["--index", postgres.url(schema: schema), "--accept-unsafe", "--node", "a"]
            try await TemporaryFolder.with { shared in
                let folder = shared.appending("objects")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                let objects = ["--objects", "file://" + folder]
                try await LarderProcess.with(arguments + objects) { _ in
                    let outcome = try await Larder.run(
                        ["serve", "--data", shared.appending("data"), "--port", "0"] + arguments + objects,
                        home: shared.path)
                    #expect(outcome.ending == .exit(1))
                    #expect(outcome.lines.count == 1 && outcome.errors.contains("a node called 'a' is up already"))
                }
            }
        }
    }
}
