import NIOHTTP1
import Testing

@Suite("larder nodes", .ownServers)
struct NodesCommandTests {
    @Test("shows the one node that there is, to admins only")
    func alone() async throws {
        try await LarderProcess.with(["--node", "only"]) { server in
            let environment = ["LARDER_URL": try server.url, "LARDER_TOKEN": try server.token]
            let outcome = try await Larder.run(["nodes", "--json"], environment: environment, home: server.folder.path)
            #expect(outcome.ending == .exit(0), "\(outcome)")
            let nodes = try JSON(outcome.output)["nodes"].items
            #expect(nodes.count == 1)
            #expect(nodes.first?["name"] == "only" && nodes.first?["state"] == "up")
            let url = try server.url
            #expect(nodes.first?["address"].string == url)
            #expect(nodes.first?["doing"] == .array([]))
            let table = try await Larder.run(["nodes"], environment: environment, home: server.folder.path)
            #expect(table.output.contains("only") && table.output.contains(url))
            let health = try await server.get("/v1/health").json
            #expect(health["node"] == "only")
            let reader = try await server.makeToken(#"{"scopes":["read"]}"#)["token"].string ?? ""
            try expectError(try await server.get("/v1/admin/nodes", as: .bearer(reader)), 403)
            try expectError(try await server.get("/v1/admin/nodes", as: .nobody), 401)
            try expectError(try await server.send(.POST, "/v1/admin/nodes"), 405)
        }
    }
}
