import NIOHTTP1
import Testing

/// `--trusted-proxy`: its word counts, nobody else's does.
@Suite("Behind a proxy", .ownServers)
struct ProxyTests {
    private func signedURL(_ server: LarderProcess, _ fields: (String, String)...) async throws -> String {
        var request = try server.request(.GET, Netlify.api("things", "k"), ["accept": Netlify.signedURL])
        request.headers.replaceOrAdd(name: "host", value: "blobs.example")
        for (name, value) in fields { request.headers.add(name: name, value: value) }
        return try #require(try await Wire.send(request, to: try server.port).json["url"].string)
    }

    @Test("From a trusted proxy X-Forwarded-Proto makes URLs; malformed values make none")
    func scheme() async throws {
        try await LarderProcess.with(["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "127.0.0.1"]) { server in
            let https = try await signedURL(server, ("x-forwarded-proto", "https"))
            #expect(https.hasPrefix("https://blobs.example/"))
            for value in ["http", "ftp", "", "https,http", "https://evil.example/?"] {
                let url = try await signedURL(server, ("x-forwarded-proto", value))
                #expect(url.hasPrefix("http://blobs.example/default/"), "\(value)")
            }
            let twice = try await signedURL(server, ("x-forwarded-proto", "https"), ("x-forwarded-proto", "http"))
            #expect(twice.hasPrefix("http://"))
        }
    }

    @Test("From anybody else it means nothing")
    func untrusted() async throws {
        try await LarderProcess.with(["--trusted-proxy", "10.0.0.0/8"]) { server in
            let url = try await signedURL(server, ("x-forwarded-proto", "https"))
            #expect(url.hasPrefix("http://blobs.example/"))
        }
    }

    @Test("A proxy's connections count for the clients that it names, by the address that they can't choose")
    func clients() async throws {
        try await LarderProcess.with([
            "--trusted-proxy", "127.0.0.1", "--max-client-connections", "2", "--log-level", "debug",
        ]) { server in
            let port = try server.port
            func ask(_ connection: WireConnection, _ forwarded: String) async throws -> Reply {
                var request = try server.request(.GET, "/healthz")
                request.headers.add(name: "x-forwarded-for", value: forwarded)
                return try await connection.send(request)
            }
            try await Wire.connect(to: port) { first in
                try await Wire.connect(to: port) { second in
                    // What stands left of the last address the client itself may have written.
                    expectStatus(try await ask(first, "198.51.100.1, 192.0.2.7"), 200)
                    expectStatus(try await ask(first, "203.0.113.5, 192.0.2.7"), 200)
                    expectStatus(try await ask(second, "192.0.2.7"), 200)
                    try await Wire.connect(to: port) { third in
                        let refused = try await ask(third, "198.51.100.99, 192.0.2.7")
                        try expectError(refused, 429, code: "too_many_requests")
                        #expect(refused.header("retry-after") != nil)
                    }
                    try await Wire.connect(to: port) { other in expectStatus(try await ask(other, "192.0.2.8"), 200) }
                    // The connection of the second now works for somebody else, so there is a place again.
                    expectStatus(try await ask(second, "192.0.2.8"), 200)
                    try await Wire.connect(to: port) { third in expectStatus(try await ask(third, "192.0.2.7"), 200) }
                    // Nobody is named, or not by an address: the connection is the proxy's own.
                    try await Wire.connect(to: port) { fourth in
                        for value in ["", "unknown", "192.0.2.7, nonsense"] {
                            expectStatus(try await ask(fourth, value), 200)
                        }
                    }
                }
            }
            #expect(try await server.refusals("client_connections") == 1)
            #expect(try await eventually { try await server.get("/metrics").text.contains("larder_clients 0\n") })
            #expect(server.log.contains("192.0.2.7"), "the log does not name the client")
            #expect(!server.log.contains("198.51.100.1"), "the log believes what the client wrote")
        }
    }
}
