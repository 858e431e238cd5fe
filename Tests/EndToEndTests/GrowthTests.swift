import NIOHTTP1
import Testing

/// What the console asks beyond the contract's first text: growth, confirmed dry runs, runs of an app's own store.
@Suite("Growth", .ownServers)
struct GrowthTests {
    @Test("A point a day on which a server ran, the last one of this moment; equal content is counted once")
    func days() async throws {
        try await LarderProcess.with { server in
            try await server.restart(clock: "-3d")
            try requireStatus(try await server.put(Native.entry("things", "a"), "0123456789"), 201)
            try await server.restart(clock: "-1d")
            try requireStatus(try await server.put(Native.entry("things", "b"), "0123456789"), 201)
            try requireStatus(try await server.put(Native.entry("others", "c"), "0123456789"), 201)
            try await server.restart()
            let growth = try await server.get("/v1/growth").json
            #expect(growth["days"] == 30)
            #expect(growth["stores"].items.map { $0["name"].string } == ["others", "things"])
            let things = growth["stores"].items.last ?? growth
            #expect(things["points"].items.map { $0["bytes"].int } == [10, 20, 20])
            #expect(things["points"].items.map { $0["entries"].int } == [1, 2, 2])
            // Three names, one content: each saves two thirds of it.
            #expect(things["dedupSavedBytes"] == 13)
            let one = try await server.get("/v1/growth?store=things&days=2").json
            #expect(one["stores"].items.map { $0["points"].items.count } == [2])
            #expect(one["stores"].items.first?["dedupSavedBytes"] == 10)
        }
    }

    @Test("A token sees the growth of its own stores, and nobody without one sees any")
    func rights() async throws {
        try await LarderProcess.with { server in
            for store in ["things", "others"] {
                try requireStatus(try await server.put(Native.entry(store, "a"), "x"), 201)
            }
            let token = try #require(
                try await server.makeToken(#"{"scopes":["read"],"stores":["things"]}"#)["token"].string)
            let seen = try await server.send(.GET, "/v1/growth", ["authorization": "Bearer \(token)"], as: .nobody).json
            #expect(seen["stores"].items.map { $0["name"].string } == ["things"])
            try expectError(
                try await server.send(
                    .GET, "/v1/growth?store=others", ["authorization": "Bearer \(token)"], as: .nobody), 403)
            try expectError(try await server.get("/v1/growth", as: .nobody), 401)
            try expectError(try await server.get("/v1/growth?days=0"), 400)
            try expectError(try await server.get("/v1/growth?days=many"), 400)
            try expectError(try await server.get("/v1/growth?store=none"), 404)
            try expectError(try await server.send(.POST, "/v1/growth"), 405)
        }
    }
}

@Suite("Confirmed dry runs", .ownServers)
struct ConfirmedCleanupTests {
    @Test("What a dry run showed is removed, and only a dry run that is done can be confirmed")
    func confirm() async throws {
        try await LarderProcess.with(["--cleanup-every", "off", "--scrub-every", "off"]) { server in
            try await server.restart(clock: "-91d")
            for key in ["a", "b"] { try requireStatus(try await server.put(Native.entry("runs", key), key), 201) }
            try await server.restart()
            let dry = try await server.finish(try await server.begin("cleanup", #"{"dryRun":true}"#))
            #expect(dry["result"]["oldest"].items.map { $0["key"].string } == ["a", "b"])
            #expect(dry["result"]["largest"].items.count == 2)
            let id = try #require(dry["id"].string)
            try requireStatus(try await server.put(Native.entry("runs", "b"), "again"), 200)
            let real = try await server.finish(try await server.begin("cleanup", #"{"confirm":"\#(id)"}"#))
            #expect(real["result"]["removed"] == 1)
            #expect(try await server.keys("runs") == ["b"])
            let realID = try #require(real["id"].string)
            for (body, status) in [
                (#"{"confirm":"\#(realID)"}"#, 409), (#"{"confirm":"999"}"#, 404), (#"{"confirm":"x"}"#, 400),
                (#"{"confirm":"\#(id)","store":"runs"}"#, 400), (#"{"confirm":7}"#, 400),
            ] {
                try expectError(try await server.send(.POST, "/v1/admin/cleanup", [:], .text(body)), status)
            }
        }
    }
}

@Suite("Runs of an app's own store", .server)
struct OwnRunsTests {
    @Test("?store= reaches them for appends, reads, lists and streams, and only where logs are kept")
    func store() async throws {
        let store = "acme-progress"
        let path = "/v1/progress/film/\(Fresh.name("run-"))"
        try requireStatus(
            try await server.send(.POST, "\(path)?store=\(store)", [:], .text(#"{"agent":"director","progress":5}"#)),
            200)
        #expect(try await server.get("\(path)?store=\(store)").json["last"] == 1)
        try expectError(try await server.get(path), 404)
        let run = try #require(path.split(separator: "/").last)
        #expect(
            try await server.get("/v1/progress?store=\(store)").json["runs"].items.contains {
                $0["run"].string == String(run)
            })
        #expect(try await !server.get("/v1/progress").json["runs"].items.contains { $0["run"].string == String(run) })
        try expectError(try await server.get("/v1/progress?store=runs"), 400)
        try expectError(try await server.send(.POST, "\(path)?store=runs", [:], .text("{}")), 400)
    }
}

@Suite("The console's page", .server)
struct ConsolePageTests {
    @Test("It and what it is made of come from this server, for anybody, with a policy that lets nothing else run")
    func page() async throws {
        for path in ["/console", "/console/"] {
            let page = try await server.get(path, as: .nobody)
            expectStatus(page, 200)
            #expect(page.header("content-type") == "text/html; charset=utf-8")
            #expect(page.header("content-security-policy")?.contains("script-src 'self'") == true)
            #expect(page.header("x-content-type-options") == "nosniff")
            for match in page.text.matches(of: /(?:src|href)="([^"]+)"/) {
                #expect(match.1.hasPrefix("/console/"))
                expectStatus(try await server.get(String(match.1), as: .nobody), 200)
            }
            let etag = try #require(page.header("etag"))
            expectStatus(try await server.send(.GET, path, ["if-none-match": etag], as: .nobody), 304)
        }
        try expectError(try await server.get("/console/nothing.js", as: .nobody), 404)
        try expectError(try await server.send(.POST, "/console", as: .nobody), 405)
    }
}
