import Foundation
import NIOHTTP1
import Testing

/// Rates of tokens: what is over is refused with when to come again, and nobody else is slowed.
@Suite("Rate limits", .server)
struct RateLimitTests {
    /// Sends until one is refused. The bucket refills as time goes by, so how many get through is bounded from below
    /// only.
    private func untilRefused(_ most: Int, _ send: () async throws -> Reply) async throws -> (
        answered: Int, refusal: Reply?
    ) {
        for number in 0..<most {
            let reply = try await send()
            if reply.status == 429 { return (number, reply) }
            expectStatus(reply, 200, 201)
        }
        return (most, nil)
    }

    private func expectRefusal(_ reply: Reply?, limit: String) throws {
        let reply = try #require(reply)
        try expectError(reply, 429, code: "too_many_requests")
        let wait = try #require(reply.header("retry-after").flatMap { Int($0) })
        let reset = try #require(reply.header("x-ratelimit-reset").flatMap { Double($0) })
        #expect(wait >= 1)
        #expect(reply.header("x-ratelimit-limit") == limit)
        #expect(reply.header("x-ratelimit-remaining") == "0")
        // Seconds since 1970, as the Netlify client reads it.
        #expect(abs(reset - Date().timeIntervalSince1970 - Double(wait)) < 30)
    }

    @Test("A token's requests are held to its rate on every face, and the admin's are not", arguments: Face.allCases)
    func requests(_ face: Face) async throws {
        let server = try server
        let store = Fresh.store()
        let target = face.target(store, "k")
        try requireStatus(try await server.put(target, "x"), face.created)
        let made = try await server.makeToken(#"{"scopes":["read","write"],"requestsPerSecond":2}"#)
        #expect(made["requestsPerSecond"] == 2)
        let secret = try #require(made["token"].string)
        let reads = try await untilRefused(200) { try await server.get(target, as: .bearer(secret)) }
        #expect(reads.answered >= 4)
        try expectRefusal(reads.refusal, limit: "2")
        let writes = try await untilRefused(200) { try await server.put(target, "x", as: .bearer(secret)) }
        try expectRefusal(writes.refusal, limit: "2")
        expectStatus(try await server.get(target), 200)
        #expect(try await server.get("/metrics").text.contains("larder_rate_limited_total{limit=\"requests\"} "))
    }

    @Test("A body may take the bytes into debt; the next request waits until it is paid")
    func bytes() async throws {
        let server = try server
        let made = try await server.makeToken(#"{"scopes":["read","write"],"bytesPerSecond":1000}"#)
        let secret = try #require(made["token"].string)
        let store = Fresh.store()
        // A hundred seconds' worth in one body goes through whole.
        expectStatus(try await server.put(Native.entry(store, "k"), Bytes.noise(100_000), as: .bearer(secret)), 201)
        let refused = try await server.get(Native.entry(store, "k"), as: .bearer(secret))
        try expectRefusal(refused, limit: "1000")
        let wait = try #require(refused.header("retry-after").flatMap { Int($0) })
        #expect((60...100).contains(wait))
        // What goes out counts like what comes in.
        let reader = try #require(
            try await server.makeToken(#"{"scopes":["read"],"bytesPerSecond":1000}"#)["token"].string)
        expectStatus(try await server.get(Native.entry(store, "k"), as: .bearer(reader)), 200)
        try expectRefusal(try await server.get(Native.entry(store, "k"), as: .bearer(reader)), limit: "1000")
    }

    @Test("Streams count as a request, and a refused one says so before it begins")
    func streams() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        let secret = try #require(
            try await server.makeToken(#"{"scopes":["read"],"requestsPerSecond":1}"#)["token"].string)
        var refusal: Reply?
        for _ in 0..<50 where refusal == nil {
            refusal = try await server.follow(run.target, as: .bearer(secret)) { stream in
                stream.head.status == 429 ? stream.head : nil
            }
        }
        #expect(refusal?.header("retry-after") != nil)
        #expect(refusal?.header("x-ratelimit-limit") == "1")
    }

    @Test("A console session counts for its token")
    func session() async throws {
        let server = try server
        let secret = try #require(
            try await server.makeToken(#"{"scopes":["read"],"requestsPerSecond":1}"#)["token"].string)
        let session = try await ConsoleSession.begin(on: server, token: secret)
        let result = try await untilRefused(50) { try await session.send(.GET, "/v1/stores") }
        try expectRefusal(result.refusal, limit: "1")
        try expectRefusal(
            try await untilRefused(50) { try await server.get("/v1/stores", as: .bearer(secret)) }.refusal, limit: "1")
    }

    @Test(
        "Rates that can't be are refused",
        arguments: [
            #""requestsPerSecond":0"#, #""requestsPerSecond":-1"#, #""requestsPerSecond":1.5"#,
            #""requestsPerSecond":"5""#,
            #""requestsPerSecond":1000001"#, #""bytesPerSecond":999"#, #""bytesPerSecond":1000000000001"#,
            #""bytesPerSecond":"1MB""#,
        ])
    func refused(_ field: String) async throws {
        try expectError(
            try await server.send(.POST, "/v1/admin/tokens", [:], .text(#"{"scopes":["read"],\#(field)}"#)), 400)
    }
}

@Suite("Rate limits by option", .ownServers)
struct RateLimitOptionTests {
    @Test("The server's default holds for tokens without limits of their own, and survives restarts with them")
    func defaults() async throws {
        try await LarderProcess.with(["--token-requests-per-second", "1", "--token-bytes-per-second", "1GB"]) {
            server in
            let plain = try #require(try await server.makeToken(#"{"scopes":["read"]}"#)["token"].string)
            let create = [
                "token", "create", "--read", "--requests-per-second", "1000", "--url", try server.url, "--data",
                server.data,
            ]
            let own = try #require(try await Larder.run(create, home: server.folder.path).lines.first)
            for _ in 0..<2 {
                var statuses: Set<Int> = []
                for _ in 0..<20 { statuses.insert(try await server.get("/v1/stores", as: .bearer(plain)).status) }
                #expect(statuses == [200, 429])
                for _ in 0..<20 { expectStatus(try await server.get("/v1/stores", as: .bearer(own)), 200) }
                for _ in 0..<20 { expectStatus(try await server.get("/v1/stores"), 200) }
                try await server.restart()
            }
        }
    }

    @Test(
        "A default that can't be is a usage error",
        arguments: [["--token-requests-per-second", "0"], ["--token-bytes-per-second", "10"]])
    func refused(_ arguments: [String]) async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await Larder.run(
                ["serve", "--data", folder.appending("data"), "--port", "0"] + arguments, home: folder.path)
            #expect(outcome.ending == .exit(2), "\(outcome)")
        }
    }
}
