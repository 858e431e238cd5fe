import NIOHTTP1
import Testing

/// Lists of stores have pages.
@Suite("Strangers: lists of stores", .ownServers)
struct StorePageTests {
    @Test("limit and cursor page them, and without they are whole", arguments: ["/v1/stores", "/v1/growth"])
    func pages(_ target: String) async throws {
        try await LarderProcess.with(["--max-page", "3"]) { server in
            let names = (0..<7).map { "store-\($0)" }
            // Contents of their own: what equal ones save depends on what is on the page.
            for name in names { try requireStatus(try await server.put(Native.entry(name, "k"), name), 201) }
            let whole = try await server.get(target).json
            #expect(whole["stores"].items.map { $0["name"].string } == names)
            #expect(whole["cursor"].isNull)
            for limit in [1, 2, 3] {
                var seen: [JSON] = []
                var cursor: String?
                var pages = 0
                repeat {
                    let query = "?limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? "")
                    let page = try await server.get(target + query).json
                    #expect(page["stores"].items.count <= limit)
                    seen += page["stores"].items
                    cursor = page["cursor"].string
                    pages += 1
                } while cursor != nil && pages < 10
                #expect(seen == whole["stores"].items, "limit \(limit)")
            }
            try expectError(try await server.get(target + "?limit=4"), 400)
            try expectError(try await server.get(target + "?limit=0"), 400)
            try expectError(try await server.get(target + "?limit=2&cursor=nonsense"), 400)
            expectStatus(try await server.head(target), 200)
            // A token's pages hold its own stores only.
            let token = try #require(
                try await server.makeToken(#"{"scopes":["read"],"stores":["store-1","store-5"]}"#)["token"].string)
            let own = try await server.get(target + "?limit=1", as: .bearer(token)).json
            #expect(own["stores"].items.map { $0["name"].string } == ["store-1"])
            let next = try #require(own["cursor"].string)
            let last = try await server.get(target + "?limit=1&cursor=\(next)", as: .bearer(token)).json
            #expect(last["stores"].items.map { $0["name"].string } == ["store-5"])
        }
    }
}

/// Descriptors are counted before they run out.
@Suite(
    "Strangers: descriptors", .ownServers,
    .enabled(if: Tool.isThere("/usr/bin/prlimit"), "prlimit is of util-linux"))
struct DescriptorTests {
    @Test("Idle connections leave the server what it needs for its files")
    func idle() async throws {
        try await LarderProcess.with(wrapper: ["/usr/bin/prlimit", "--nofile=128:128"]) { server in
            let port = try server.port
            let contents = (0..<8).map { Bytes.noise(50_000, seed: UInt64($0 + 1)) }
            try await Wire.connect(to: port) { connection in
                func send(_ method: HTTPMethod, _ key: Int, _ body: Request.Body = .none) async throws -> Reply {
                    try await connection.send(try server.request(method, Native.entry("things", "k\(key)"), [:], body))
                }
                for key in 0..<4 { expectStatus(try await send(.PUT, key, .bytes(contents[key])), 201) }
                let held = try await concurrently(200, width: 20) { _ in try await HeldSocket.open(port, "G") }
                for key in 0..<8 {
                    let put = try await send(.PUT, key, .bytes(contents[key]))
                    expectStatus(put, 200, 201)
                    let get = try await send(.GET, key)
                    expectStatus(get, 200)
                    #expect(get.fingerprint == Fingerprint(contents[key]))
                }
                for connection in held { try await connection.close() }
            }
            #expect(try await eventually { try await server.get("/healthz", as: .nobody).status == 200 })
        }
    }
}
