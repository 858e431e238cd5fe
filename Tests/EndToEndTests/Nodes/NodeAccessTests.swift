import Foundation
import NIOHTTP1
import Testing

@Suite("Access on several nodes", .ownServers, .sqliteOnly("they name their engines"))
struct NodeAccessTests {
    /// Within which a right ends everywhere on the busiest of machines; 5 s are promised.
    private static let limit = Duration.seconds(60)

    private func expectEnd(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ status: () async throws -> Int
    ) async throws {
        let begun = ContinuousClock.now
        var seen = 0
        while ContinuousClock.now - begun < Self.limit {
            seen = try await status()
            guard seen == 200 else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect([401, 403].contains(seen), "\(what): \(seen)", sourceLocation: sourceLocation)
    }

    private func sign(_ server: LarderProcess) async throws -> String {
        let reply = try await server.send(.POST, "/v1/sign", [:], .text(#"{"store":"media","key":"a"}"#))
        try requireStatus(reply, 200)
        return try Netlify.target(of: reply, at: server)
    }

    @Test("A token works on the other node at once, and is out there soon, with its streams")
    func token() async throws {
        try await Nodes.with(2) { nodes in
            let (a, b) = (nodes[0], nodes[1])
            expectStatus(try await a.put(Native.entry("media", "a"), "x"), 201)
            for round in 1...5 {
                let made = try await (round.isMultiple(of: 2) ? b : a).makeToken(#"{"scopes":["read","write"]}"#)
                let id = try #require(made["id"].string), secret = try #require(made["token"].string)
                let (here, there) = round.isMultiple(of: 2) ? (b, a) : (a, b)
                // The first request there is a write with a body, a read, a stream.
                switch round {
                case 1: expectStatus(try await there.put(Native.entry("media", "b"), "y", as: .bearer(secret)), 201)
                case 2:
                    expectStatus(
                        try await there.put(Native.entry("media", "c"), Bytes.noise(2 << 20), as: .bearer(secret)), 201)
                default: break
                }
                let run = ProgressRun(on: there)
                try await run.appendNumbers(1...1)
                try await there.follow(run.target, as: .bearer(secret)) { stream in
                    #expect(stream.head.status == 200)
                    _ = try await stream.nextEvent()
                    _ = try await stream.nextEvent()
                    #expect(try await there.get(Native.entry("media", "a"), as: .bearer(secret)).text == "x")
                    #expect(
                        try await there.get("/v1/admin/tokens").json["tokens"].items.contains { $0["id"].string == id })
                    let begun = ContinuousClock.now
                    expectStatus(try await here.delete("/v1/admin/tokens/\(id)"), 204)
                    expectStatus(try await here.get(Native.entry("media", "a"), as: .bearer(secret)), 401)
                    try await expectEnd("the token") {
                        try await there.get(Native.entry("media", "a"), as: .bearer(secret)).status
                    }
                    while try await stream.nextEvent() != nil {}
                    #expect(ContinuousClock.now - begun < Self.limit)
                }
                try expectError(try await there.get(Native.entry("media", "a"), as: .bearer(secret)), 401)
            }
            let wrong = try await b.get(Native.entry("media", "a"), as: .bearer("ldr_wrong"))
            try expectError(wrong, 401, code: "unauthorized")
        }
    }

    @Test("A rolled admin token and a rotated key count at once on both, and the old ones end")
    func secrets() async throws {
        try await Nodes.with(2) { nodes in
            let (a, b) = (nodes[0], nodes[1])
            expectStatus(try await a.put(Native.entry("media", "a"), "x"), 201)
            let old = try a.token
            #expect(try b.token == old)
            let rolled = try await a.send(.POST, "/v1/admin/tokens/admin/roll")
            try requireStatus(rolled, 200)
            let new = try #require(try rolled.json["token"].string)
            expectStatus(try await b.get("/v1/stores", as: .bearer(new)), 200)
            try await expectEnd("the admin token") { try await b.get("/v1/stores", as: .bearer(old)).status }
            #expect(try await eventually(within: .seconds(5)) { try b.token == new })

            let kept = try await sign(b)
            expectStatus(try await b.send(.POST, "/v1/admin/signing-key/rotate"), 200)
            let link = try await sign(b)
            for one in [kept, link] { #expect(try await a.get(one, as: .nobody).text == "x") }
            let body = #"{"keepOld":"0s"}"#
            try requireStatus(try await a.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(body)), 200)
            for one in [kept, link] {
                try expectError(try await a.get(one, as: .nobody), 403)
                try await expectEnd("a link") { try await b.get(one, as: .nobody).status }
            }
            #expect(try await b.get(try await sign(a), as: .nobody).text == "x")
        }
    }

    @Test("A console session goes on at another node, behind a restart too, and is signed out on both")
    func session() async throws {
        try await Nodes.with(2) { nodes in
            let (a, b) = (nodes[0], nodes[1])
            let made = try await a.makeToken(#"{"scopes":["read","write"]}"#)
            let begun = try await ConsoleSession.begin(on: b, token: try #require(made["token"].string))
            func session(on server: LarderProcess) -> ConsoleSession {
                ConsoleSession(server: server, cookie: begun.cookie, csrf: begun.csrf, document: begun.document)
            }
            expectStatus(try await session(on: a).send(.PUT, Native.entry("media", "a"), [:], .text("x")), 201)
            #expect(try await session(on: a).send(.GET, "/console/session").json == begun.document)
            try await b.restart()
            expectStatus(try await session(on: b).send(.GET, "/v1/stores"), 200)
            expectStatus(try await session(on: a).send(.DELETE, "/console/session"), 204)
            try expectError(try await session(on: a).send(.GET, "/v1/stores"), 401)
            try await expectEnd("the session") { try await session(on: b).send(.GET, "/v1/stores").status }
            // A cookie that nobody knows is as none.
            let none = ConsoleSession(server: b, cookie: "larder_session=x", csrf: "", document: begun.document)
            try expectError(try await none.send(.GET, "/.netlify/blobs/media/a"), 403, code: "forbidden")
            try expectError(try await none.send(.GET, "/console/session"), 401)
            expectStatus(try await none.send(.DELETE, "/console/session"), 204)
        }
    }

    @Test("A namespace is there at once on the other node, goes by its new name there, and is gone there")
    func namespace() async throws {
        try await Nodes.with(2) { nodes in
            let (a, b) = (nodes[0], nodes[1])
            for _ in 0..<10 {
                let here = try await KVSpace.create(on: a)
                let there = KVSpace(server: b, id: here.id, title: here.title)
                expectStatus(try await there.put("k", "1"), 200)
                #expect(try await here.server.get(here.value("k")).text == "1")
                let title = Fresh.store("kv")
                expectStatus(try await a.send(.PUT, here.path, [:], .text(#"{"title":"\#(title)"}"#)), 200)
                // Another one takes the name that is free.
                let next = KVSpace(server: b, id: try await KVSpace.create(on: b, here.title).id, title: here.title)
                expectStatus(try await next.put("k", "other"), 200)
                for server in [b, a] {
                    #expect(try await server.get(here.value("k")).text == "1")
                    #expect(try await server.get(next.value("k")).text == "other")
                    #expect(try await server.get(here.path).json["result"]["title"].string == title)
                }
                expectStatus(try await there.put("k", "2"), 200)
                #expect(try await a.get(Native.entry(title, "k")).text == "2")
                #expect(try await there.names() == ["k"])
                expectStatus(try await a.delete(here.path), 200)
                try expectKV(try await b.get(there.value("k")), 404, 10013)
                try expectKV(try await there.put("k", "3"), 404, 10013)
            }
            try expectKV(try await b.get(KVSpace.root() + "/" + String(repeating: "0", count: 32)), 404, 10013)
        }
    }

    @Test("Reads on one node never see another namespace's key while names change hands on the other")
    func renamed() async throws {
        try await Nodes.with(2) { nodes in
            let (a, b) = (nodes[0], nodes[1])
            let one = try await KVSpace.create(on: a), two = try await KVSpace.create(on: a)
            for (space, value) in [(one, "one"), (two, "two")] { expectStatus(try await space.put("k", value), 200) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Both go by the name `shared` in turn.
                    for round in 0..<60 {
                        let space = round.isMultiple(of: 2) ? one : two
                        for title in ["shared", space.title] {
                            let reply = try await a.send(.PUT, space.path, [:], .text(#"{"title":"\#(title)"}"#))
                            expectStatus(reply, 200)
                        }
                    }
                }
                for (space, value) in [(one, "one"), (two, "two")] {
                    group.addTask {
                        for _ in 0..<300 {
                            let reply = try await b.get(space.value("k"))
                            #expect(reply.status == 200 && reply.text == value, "\(reply.status) \(reply.text)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A token's rate is that of both nodes together, and of one that is left alone its own")
    func rate() async throws {
        try await Nodes.with(2) { nodes in
            let (a, b) = (nodes[0], nodes[1])
            expectStatus(try await a.put(Native.entry("media", "a"), "x"), 201)
            func answered(_ servers: [LarderProcess], for time: Duration) async throws -> Int {
                let made = try await a.makeToken(#"{"scopes":["read"],"requestsPerSecond":20}"#)
                let secret = try #require(made["token"].string)
                let begun = ContinuousClock.now
                var count = 0
                while ContinuousClock.now - begun < time {
                    for server in servers {
                        let reply = try await server.get(Native.entry("media", "a"), as: .bearer(secret))
                        expectStatus(reply, 200, 429)
                        if reply.status == 200 { count += 1 }
                    }
                }
                return count
            }
            // Each knows of the other five seconds after it began at the latest.
            try await Task.sleep(for: .seconds(5))
            let together = try await answered([a, b], for: .seconds(3))
            #expect(together <= 20 * (3 + 2) + 4, "\(together) in three seconds and a burst of two")
            let alone = try await answered([a], for: .seconds(3))
            #expect(alone <= 10 * (3 + 2) + 4, "\(alone) of half the rate")
        }
    }
}
