import Testing

/// Nothing crosses sites or stores, numbers included.
@Suite("Strangers: metrics and a token's right", .server)
struct MetricsTests {
    @Test(
        "Totals of all stores and sites are for who may see all of them",
        arguments: [
            (#"{"scopes":["read"],"stores":["runs","*-runs"]}"#, 403), (#"{"scopes":["read"],"site":"default"}"#, 403),
            (#"{"scopes":["read"],"site":"other"}"#, 403), (#"{"scopes":["write"]}"#, 403),
            (#"{"scopes":["admin"],"stores":["runs"]}"#, 403), (#"{"scopes":["read"]}"#, 200),
            (#"{"scopes":["admin"]}"#, 200),
        ])
    func right(_ token: String, _ status: Int) async throws {
        let secret = try #require(try await server.makeToken(token)["token"].string)
        let reply = try await server.get("/metrics", as: .bearer(secret))
        expectStatus(reply, status)
        #expect(status == 200 || !reply.text.contains("larder_entries"))
    }
}
