import Foundation
import NIOHTTP1
import Testing

@Suite("KV: namespaces", .ownServers)
struct KVNamespaceTests {
    @Test("A namespace is a store: made, listed, shown, renamed with all its keys, removed")
    func life() async throws {
        try await LarderProcess.with { server in
            let space = try await KVSpace.create(on: server, "sessions")
            #expect(space.id.count == 32)
            let shown = try await server.get(space.path).json["result"]
            #expect(shown == ["id": .string(space.id), "title": "sessions", "supports_url_encoding": true])
            try expectKV(try await server.send(.POST, KVSpace.root(), [:], .text(#"{"title":"sessions"}"#)), 400, 10014)
            try await space.put("a", "1")
            #expect(try await server.get(Native.entry("sessions", "a")).text == "1")
            #expect(try await server.get("/v1/stores/sessions").json["namespace"].string == space.id)

            let renamed = try await server.send(.PUT, space.path, [:], .text(#"{"title":"people"}"#))
            expectStatus(renamed, 200)
            #expect(try renamed.json["result"]["title"] == "people")
            #expect(try await server.get(space.value("a")).text == "1")
            #expect(try await server.get(Native.entry("people", "a")).text == "1")
            expectStatus(try await server.get(Native.entry("sessions", "a")), 404)
            expectStatus(try await server.get("/v1/stores/sessions"), 404)
            try await space.put("a", "2")
            #expect(try await server.get(Native.entry("people", "a")).text == "2")
            try expectKV(try await server.send(.PUT, space.path, [:], .text(#"{"title":""}"#)), 400, 10010)
            try expectKV(try await server.send(.PUT, space.path, [:], .text("{}")), 400, 10029)
            expectStatus(try await server.put(Native.entry("taken", "x"), "x"), 201)
            try expectKV(try await server.send(.PUT, space.path, [:], .text(#"{"title":"taken"}"#)), 400, 10014)

            try await server.restart()
            #expect(try await server.get(space.value("a")).text == "2")
            expectStatus(try await server.delete(space.path), 200)
            try expectKV(try await server.get(space.path), 404, 10013)
            try expectKV(try await server.get(space.value("a")), 404, 10013)
            try expectKV(try await space.put("a", "3"), 404, 10013)
            try expectKV(try await server.delete(space.path), 404, 10013)
            expectStatus(try await server.get(Native.entry("people", "a")), 404)
        }
    }

    @Test("What a removed namespace held goes, and never a key of a new one with its name")
    func removal() async throws {
        try await LarderProcess.with(["--cleanup-every", "off", "--scrub-every", "off"]) { server in
            for round in 1...3 {
                let space = try await KVSpace.create(on: server, "again")
                let pairs = (0..<2_000).map { #"{"key":"k\#($0)","value":"\#(round)"}"# }.joined(separator: ",")
                expectStatus(try await space.send(.PUT, "/bulk", "[\(pairs)]"), 200)
                expectStatus(try await server.delete(space.path), 200)
                let next = try await KVSpace.create(on: server, "again")
                #expect(next.id != space.id)
                expectStatus(try await next.put("k1", "new"), 200)
                if round == 2 {
                    await server.kill()
                    try await server.start()
                }
                let isDone = try await eventually(within: .seconds(30)) {
                    let jobs = try await server.get("/v1/admin/jobs").json["jobs"].items
                    return jobs.filter { $0["kind"] == "remove-store" && $0["state"] == "done" }.count == 2 * round - 1
                }
                #expect(isDone)
                #expect(try await next.names() == ["k1"])
                #expect(try await server.get(next.value("k1")).text == "new")
                expectStatus(try await server.delete(next.path), 200)
                let allDone = try await eventually(within: .seconds(30)) {
                    let jobs = try await server.get("/v1/admin/jobs").json["jobs"].items
                    return jobs.filter { $0["kind"] == "remove-store" && $0["state"] == "done" }.count == 2 * round
                }
                #expect(allDone)
            }
            #expect(try await server.get("/v1/stores").json["stores"].items.isEmpty)
            let collected = try await server.run("collect", #"{"grace":"0s"}"#)
            #expect(collected["differences"] == 0 && collected["dangling"] == 0, "\(collected)")
        }
    }

    @Test("Every store of the site is listed, in pages, in either order")
    func list() async throws {
        try await LarderProcess.with { server in
            for name in ["b", "c", "a", "%C3%A9"] {
                expectStatus(try await server.put(Native.entry(name, "k"), "x"), 201)
            }
            let all = try await server.get(KVSpace.root()).json
            #expect(all["result"].items.map { $0["title"].string } == ["a", "b", "c", "é"])
            let ids = all["result"].items.map { $0["id"].string ?? "" }
            #expect(Set(ids).count == 4 && ids.allSatisfy { $0.count == 32 })
            #expect(all["result_info"]["total_count"] == 4 && all["result_info"]["count"] == 4)
            let page = try await server.get(KVSpace.root() + "?page=2&per_page=3&order=title&direction=desc").json
            #expect(page["result"].items.map { $0["title"].string } == ["a"])
            #expect(page["result_info"]["page"] == 2 && page["result_info"]["per_page"] == 3)
            #expect(page["result_info"]["total_count"] == 4 && page["result_info"]["count"] == 1)
            let sorted = try await server.get(KVSpace.root() + "?order=id").json["result"].items
            #expect(sorted.map { $0["id"].string ?? "" } == ids.sorted())
            #expect(try await server.get(KVSpace.root() + "?page=9").json["result"] == [])
            for query in ["page=0", "per_page=0", "per_page=1001", "order=x", "direction=up", "page=x"] {
                try expectKV(try await server.get(KVSpace.root() + "?" + query), 400, 10029)
            }
            // An account's number is the token's own site; another site has none of these.
            let own = try await server.get(KVSpace.root("0123456789abcdef0123456789abcdef")).json["result"]
            #expect(own.items.map { $0["id"].string ?? "" } == ids)
            #expect(try await server.get(KVSpace.root("acme")).json["result"] == [])
            try expectKV(try await server.get(KVSpace.root("acme") + "/" + ids[0]), 404, 10013)
        }
    }

    @Test("A token may do what it may to the stores, and X-Auth-Key carries it too")
    func tokens() async throws {
        try await LarderProcess.with { server in
            func token(_ fields: String) async throws -> Credential {
                let made = try await server.send(
                    .POST, "/v1/admin/tokens", ["content-type": "application/json"], .text("{\(fields)}"))
                return .bearer(try #require(try made.json["token"].string))
            }
            let mine = try await KVSpace.create(on: server, "mine")
            let other = try await KVSpace.create(on: server, "other")
            try await mine.put("k", "v")
            let reader = try await token(#""scopes":["read"],"stores":["mine*"]"#)
            let writer = try await token(#""scopes":["read","write"],"stores":["mine*"]"#)
            let stranger = try await token(#""scopes":["read","write"],"site":"acme""#)
            #expect(try await server.get(mine.value("k"), as: reader).text == "v")
            try expectKV(try await server.put(mine.value("k"), "w", as: reader), 403, 10000)
            try expectKV(try await server.get(other.value("k"), as: reader), 403, 10000)
            try expectKV(try await server.get(other.path + "/keys", as: reader), 403, 10000)
            try expectKV(try await server.get(mine.value("k"), as: .nobody), 403, 10000)
            try expectKV(try await server.get(mine.value("k"), as: .bearer("nonsense")), 403, 10000)
            try expectKV(try await server.get(mine.value("k"), as: stranger), 403, 10000)
            let ownSite = mine.path.replacing("/default/", with: "/" + String(repeating: "0", count: 32) + "/")
            try expectKV(try await server.get(ownSite, as: stranger), 404, 10013)
            let seen = try await server.get(KVSpace.root(), as: reader).json
            #expect(seen["result"].items.map { $0["title"].string } == ["mine"])
            #expect(seen["result_info"]["total_count"] == 1)

            let body = Request.Body.text(#"{"title":"outside"}"#)
            try expectKV(try await server.send(.POST, KVSpace.root(), [:], body, as: writer), 403, 10000)
            try expectKV(try await server.send(.PUT, mine.path, [:], body, as: writer), 403, 10000)
            let inside = Request.Body.text(#"{"title":"mine too"}"#)
            expectStatus(try await server.send(.PUT, mine.path, [:], inside, as: writer), 200)
            let key = try server.token
            #expect(try await server.get(mine.value("k"), ["x-auth-key": key], as: .nobody).text == "v")
            try expectKV(try await server.get(mine.value("k"), ["x-auth-key": "x"], as: .nobody), 403, 10000)
        }
    }

    @Test("Stores that a learning memory goes by are neither renamed nor removed")
    func memory() async throws {
        try await LarderProcess.with { server in
            let memory = try await KVSpace.create(on: server, "acme-memory")
            expectStatus(try await server.delete(memory.path), 409)
            expectStatus(try await server.send(.PUT, memory.path, [:], .text(#"{"title":"x"}"#)), 409)
            let plain = try await KVSpace.create(on: server, "plain")
            expectStatus(try await server.send(.PUT, plain.path, [:], .text(#"{"title":"b-memory"}"#)), 409)
            #expect(try await server.get(plain.path).json["result"]["title"] == "plain")
        }
    }

    @Test("A rename under reads and writes loses none of them")
    func renameUnderLoad() async throws {
        try await LarderProcess.with { server in
            let space = try await KVSpace.create(on: server, "one")
            try await space.put("fixed", "v")
            try await withThrowingTaskGroup(of: [String].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var written: [String] = []
                        for number in 0..<60 {
                            let key = "w\(worker)-\(number)"
                            let reply = try await space.put(key, key)
                            if reply.status == 200 { written.append(key) } else { expectStatus(reply, 503) }
                            expectStatus(try await server.get(space.value("fixed")), 200)
                        }
                        return written
                    }
                }
                for round in 0..<20 {
                    let title = round.isMultiple(of: 2) ? "two" : "one"
                    expectStatus(try await server.send(.PUT, space.path, [:], .text(#"{"title":"\#(title)"}"#)), 200)
                }
                for try await keys in group {
                    for key in keys { #expect(try await server.get(space.value(key)).text == key) }
                }
            }
            #expect(try await server.get("/v1/stores").json["stores"].items.count == 1)
        }
    }
}
