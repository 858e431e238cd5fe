import Foundation
import NIOHTTP1
import Testing

/// The routes of logs of any store.
@Suite("Logs on the native face", .server)
struct NativeLogTests {
    /// A conversation under a name that no other test uses.
    private struct Chat {
        let server: LarderProcess
        let user = Fresh.name("u")
        var store = "conversations"
        var key: String { "\(user)/c1" }
        var target: String { "/v1/stores/\(store)/logs/\(key)" }
        var list: String { "/v1/stores/\(store)/logs" }

        @discardableResult
        func append(_ body: String, _ fields: KeyValuePairs<String, String> = [:]) async throws -> Reply {
            try await server.send(.POST, target, fields, .text(body))
        }

        func page(_ query: String = "") async throws -> JSON {
            let reply = try await server.get(target + query)
            try requireStatus(reply, 200)
            return try reply.json
        }

        func numbers(_ query: String) async throws -> [Int?] {
            try await page(query)["events"].items.map { $0["seq"].int }
        }
    }

    private static let turns = """
        [{"role":"user","content":"Hi","timestamp":"2026-01-01T10:00:00Z"},\
        {"role":"assistant","content":"Hello","timestamp":1767261660},{"role":"user","content":"Bye"}]
        """

    @Test("An append answers with numbers and an ETag, and a page shows what was said, when and by whom")
    func round() async throws {
        let chat = Chat(server: try server)
        let reply = try await chat.append(Self.turns)
        try requireStatus(reply, 200)
        let answer = try reply.json
        #expect(answer["first"] == 1 && answer["last"] == 3 && answer["count"] == 3)
        #expect(reply.header("etag") == answer["etag"].string && isStrong(answer["etag"].string))
        let page = try await chat.page()
        #expect(page["store"] == "conversations" && page["key"].string == chat.key)
        #expect(page["first"] == 1 && page["last"] == 3 && page["count"] == 3 && page["dropped"] == 0)
        #expect(page["etag"] == answer["etag"] && page["metadata"] == .object([:]))
        #expect(page["next"].isNull && page["previous"].isNull)
        let events = page["events"].items
        #expect(events.map { $0["seq"].int } == [1, 2, 3])
        #expect(events[0]["at"] == "2026-01-01T10:00:00.000Z" && events[1]["at"] == "2026-01-01T10:01:00.000Z")
        #expect(events[2]["at"] == events[2]["receivedAt"])
        #expect(events[0]["event"] == (try JSON(Self.turns))[0])
        expectStatus(try await chat.server.get(chat.target, ["if-none-match": answer["etag"].string ?? ""]), 304)
        let head = try await chat.server.head(chat.target)
        expectStatus(head, 200)
        #expect(head.header("etag") == answer["etag"].string)
        let array = try await chat.server.get(Native.entry(chat.store, chat.key))
        #expect(try array.json == JSON(Self.turns), "the same log is an entry, its array")
    }

    @Test("tail, after, before and the filters choose events, and the page says where to go on")
    func pages() async throws {
        let chat = Chat(server: try server)
        for n in 1...12 {
            let role = n % 3 == 0 ? "assistant" : "user"
            try await chat.append("{\"role\":\"\(role)\",\"content\":\"\(n)\",\"at\":\(1_700_000_000 + n)}")
        }
        #expect(try await chat.numbers("?tail=2") == [11, 12])
        #expect(try await chat.numbers("?after=3&limit=2") == [4, 5])
        #expect(try await chat.numbers("?before=4&limit=2") == [2, 3])
        #expect(try await chat.numbers("?tail=2&role=assistant") == [9, 12])
        #expect(try await chat.numbers("?role=assistant&role=user&limit=3") == [10, 11, 12])
        #expect(try await chat.numbers("?since=1700000003&until=1700000006") == [3, 4, 5])
        #expect(try await chat.numbers("?tail=0") == [])
        var found: [Int?] = [], query = "?after=0&limit=5"
        while true {
            let page = try await chat.page(query)
            found += page["events"].items.map { $0["seq"].int }
            guard let next = page["next"].int else { break }
            query = "?after=\(next)&limit=5"
        }
        #expect(found == (1...12).map { $0 })
        let last = try await chat.page("?tail=5")
        #expect(last["previous"] == 8 && last["next"].isNull)
        for wrong in [
            "?tail=1&after=2", "?tail=x", "?limit=0", "?limit=10001", "?tail=10001", "?since=soon",
            "?since=2026-01-02&until=2026-01-01", "?after=-1", "?tail=5&limit=3",
        ] {
            try expectError(try await chat.server.get(chat.target + wrong), 400, code: "malformed_request")
        }
    }

    @Test("Of two conditional appends one is 412, and a repeated key appends once")
    func conditions() async throws {
        let chat = Chat(server: try server)
        expectStatus(try await chat.append("{\"n\":1}", ["if-none-match": "*"]), 200)
        try expectError(try await chat.append("{\"n\":2}", ["if-none-match": "*"]), 412)
        let tag = try #require(try await chat.page()["etag"].string)
        let statuses = try await concurrently(2) { _ in try await chat.append("{}", ["if-match": tag]).status }
        #expect(statuses.sorted() == [200, 412])
        let first = try await chat.append("{\"n\":3}", ["idempotency-key": "k"]).json
        #expect(try await chat.append("{\"n\":3}", ["idempotency-key": "k"]).json["first"] == first["first"])
        try expectError(
            try await chat.append("{\"n\":4}", ["idempotency-key": "k"]), 409, 422, code: "idempotency_mismatch")
        #expect(try await chat.page()["count"] == 3)
    }

    @Test("Lines of JSON are taken whole, or without the bad ones where that is asked for")
    func lines() async throws {
        let chat = Chat(server: try server), kind: KeyValuePairs = ["content-type": "application/x-ndjson"]
        let body = "{\"n\":1}\n{\"n\":\n{\"n\":2}\n"
        let refused = try await chat.append(body, kind)
        try expectError(refused, 422, code: "not_json")
        #expect(try refused.json["error"]["message"].string?.hasPrefix("Line 2: ") == true)
        expectStatus(try await chat.server.get(chat.target), 404)
        let partial = try await chat.server.send(.POST, chat.target + "?partial=true", kind, .text(body))
        let answer = try partial.json
        #expect(answer["count"] == 2 && answer["refused"].items.map { $0["line"].int } == [2])
        try expectError(try await chat.server.send(.POST, chat.target + "?partial=true", [:], .text("{}")), 400)
    }

    @Test("Metadata is patched, listed with the log, and left out of fields that are too small for it")
    func metadata() async throws {
        let chat = Chat(server: try server)
        let kind: KeyValuePairs = ["content-type": "application/merge-patch+json"]
        let made = try await chat.server.send(.PATCH, chat.target, kind, .text(#"{"title":"Trip","x":1}"#))
        expectStatus(made, 200)
        let tag = try #require(made.header("etag"))
        let logs = try await chat.server.get(chat.list + "?prefix=\(chat.user)/").json["logs"].items
        #expect(logs.count == 1 && logs[0]["count"] == 0 && logs[0]["metadata"]["title"] == "Trip")
        let stale: KeyValuePairs = ["content-type": "application/merge-patch+json", "if-match": "\"00\""]
        try expectError(try await chat.server.send(.PATCH, chat.target, stale, .text("{}")), 412)
        try await chat.append(Self.turns)
        #expect(try await chat.page()["metadata"] == ["title": "Trip", "x": 1])
        #expect(try await chat.page()["etag"].string != tag)
        let entry = try await chat.server.head(Native.entry(chat.store, chat.key))
        #expect(entry.header("larder-metadata") == #"{"title":"Trip","x":1}"#)
        let long = "{\"summary\":\"\(String(repeating: "s", count: 5_000))\"}"
        expectStatus(try await chat.server.send(.PATCH, chat.target, kind, .text(long)), 200)
        for target in [Native.entry(chat.store, chat.key), Netlify.edge(chat.store, chat.key)] {
            let head = try await chat.server.head(target)
            #expect(head.header("x-larder-metadata-omitted") == "true")
            #expect(head.header("larder-metadata") == nil && head.header("netlify-blobs-metadata") == nil)
        }
        let tooLong = "{\"y\":\"\(String(repeating: "s", count: 12_000))\"}"
        try expectError(try await chat.server.send(.PATCH, chat.target, kind, .text(tooLong)), 400, 413, 422)
        try expectError(try await chat.server.send(.PATCH, chat.target, [:], .text("{}")), 415)
    }

    @Test("Parts are forgotten by number and time, and an argument without a value forgets nothing")
    func forgetting() async throws {
        let chat = Chat(server: try server)
        for n in 1...9 { try await chat.append("{\"n\":\(n),\"at\":\(1_700_000_000 + n)}") }
        for wrong in ["?before=", "?until=", "?seq=", "?seq=1,,2", "?seq=0", "?before=3&seq=4", "?befor=3", "?until=x"]
        {
            try expectError(try await chat.server.delete(chat.target + wrong), 400)
        }
        #expect(try await chat.page()["count"] == 9)
        #expect(try await chat.server.delete(chat.target + "?seq=7,9,99").json == ["deleted": 2])
        #expect(try await chat.server.delete(chat.target + "?before=3").json == ["deleted": 2])
        #expect(try await chat.server.delete(chat.target + "?until=1700000005").json == ["deleted": 2])
        #expect(try await chat.numbers("") == [5, 6, 8])
        let seen = try await chat.server.follow(chat.target) { stream in
            _ = try await stream.nextEvent()
            return [
                try await stream.nextEvent()?.id, try await stream.nextEvent()?.id, try await stream.nextEvent()?.id,
            ]
        }
        #expect(seen == ["5", "6", "8"])
        #expect(try await chat.append("{}").json["first"] == 10)
        expectStatus(try await chat.server.delete(chat.target), 204)
        try expectError(try await chat.server.delete(chat.target), 404)
        try expectError(try await chat.server.get(chat.target), 404)
        try expectError(try await chat.server.delete(chat.target + "?seq=1"), 404)
        #expect(try await chat.append("{}").json["first"] == 11, "numbers are never used again")
    }

    @Test("A stream begins with the newest that are asked for and goes on live, as plain messages")
    func following() async throws {
        let chat = Chat(server: try server)
        for n in 1...5 { try await chat.append("{\"n\":\(n)}") }
        try await chat.server.follow(chat.target + "?tail=2") { stream in
            let connected = try #require(try await stream.nextEvent())
            #expect(connected.event == "connected")
            #expect(try connected.json == ["store": "conversations", "key": .string(chat.key), "last": 5])
            for n in 4...5 {
                let frame = try await stream.nextEvent()
                #expect(frame?.event == nil && frame?.id == "\(n)" && frame?.data == "{\"n\":\(n)}")
            }
            // What would end a run is an event like others here.
            for n in 6...7 {
                try await chat.append("{\"n\":\(n),\"status\":\"completed\"}")
                #expect(try await stream.nextEvent()?.id == "\(n)")
            }
        }
        try await chat.server.follow(chat.target, ["last-event-id": "99"]) { stream in
            let connected = try #require(try await stream.nextEvent())
            #expect(connected.event == "connected")
            #expect(try await stream.nextEvent()?.event == "gap")
            #expect(try await stream.nextEvent()?.id == "1")
        }
    }

    @Test("A run's log is a log like others, with the words of runs on its stream")
    func runs() async throws {
        let run = ProgressRun(on: try server), target = "/v1/stores/progress/logs/" + run.key
        expectStatus(try await run.server.send(.POST, target, [:], .text(#"{"n":1}"#)), 200)
        #expect(try await run.numbers() == [1])
        try await run.server.follow(target) { stream in
            let connected = try #require(try await stream.nextEvent())
            #expect(try connected.json["runId"].string == run.run)
            #expect(try await stream.nextEvent()?.event == "progress")
            try await run.append(ProgressRun.finished)
            #expect(try await stream.nextEvent()?.event == "progress")
            #expect(try await stream.nextEvent()?.event == "complete")
        }
    }

    @Test("Logs are listed by last activity or by key, with their last events, and removed by whole segments")
    func lists() async throws {
        let server = try server, user = Fresh.name("u")
        func append(_ key: String, _ body: String) async throws {
            try requireStatus(
                try await server.send(.POST, "/v1/stores/conversations/logs/" + key, [:], .text(body)), 200)
        }
        for (n, key) in ["a", "b", "c"].enumerated() {
            try await append("\(user)/\(key)", "{\"role\":\"user\",\"content\":\"\(key)\",\"at\":\(1_700_000_100 - n)}")
        }
        try await append("\(user)x/a", "{}")
        let list = "/v1/stores/conversations/logs?prefix=\(user)/"
        func keys(_ query: String) async throws -> [String] {
            try await server.get(list + query).json["logs"].items.compactMap { $0["key"].string }
        }
        #expect(try await keys("") == ["\(user)/a", "\(user)/b", "\(user)/c"])
        #expect(try await keys("&order=key") == ["\(user)/a", "\(user)/b", "\(user)/c"])
        let page = try await server.get(list + "&limit=2&lastEvent=true").json
        let first = page["logs"][0]
        #expect(first["lastEvent"]["event"]["content"] == "a" && first["updatedAt"] == "2023-11-14T22:15:00.000Z")
        #expect(first["bytes"].int ?? 0 > 20 && first["startedAt"] == first["updatedAt"])
        let cursor = try #require(page["cursor"].string)
        #expect(try await keys("&cursor=\(cursor)") == ["\(user)/c"])
        for wrong in ["&order=size", "&order=key&cursor=\(cursor)", "&limit=0", "&lastEvent=maybe"] {
            try expectError(try await server.get(list + wrong), 400)
        }
        let all = "/v1/stores/conversations/logs"
        try expectError(try await server.delete(all), 400)
        try expectError(try await server.delete(all + "?prefix="), 400)
        #expect(try await server.delete(all + "?prefix=\(user)").json == ["deleted": 3])
        #expect(try await server.get(all + "?prefix=\(user)x/").json["logs"].items.count == 1)
    }

    @Test("What is no log says so, and a bad event changes nothing")
    func bad() async throws {
        let server = try server, store = Fresh.store()
        let target = "/v1/stores/\(store)/logs/k"
        try expectError(try await server.send(.POST, target, [:], .text("{}")), 409, code: "not_a_log")
        try expectError(try await server.get(target), 409, code: "not_a_log")
        try expectError(try await server.delete(target), 409, code: "not_a_log")
        let chat = Chat(server: server)
        for body in [
            "1", "[1]", "[{},2]", "{", #"{"role":7}"#, "{\"x\":\"\(String(repeating: "y", count: 256_001))\"}",
        ] {
            try expectError(try await chat.append(body), 413, 422)
        }
        try expectError(try await chat.append("{}", ["larder-ttl": "-1h"]), 400)
        expectStatus(try await server.get(chat.target), 404)
        try expectError(try await server.send(.PUT, chat.target, [:], .text("[]")), 405)
        try expectError(try await server.get(chat.target, as: .nobody), 401)
    }

    @Test("A log's own TTL is shown, and once it is over the log is not there")
    func ttl() async throws {
        let chat = Chat(server: try server)
        expectStatus(try await chat.append("{\"n\":1}", ["larder-ttl": "1h"]), 200)
        #expect(
            try await chat.server.get(chat.list + "?prefix=\(chat.user)/").json["logs"][0]["expiresAt"].string != nil)
        expectStatus(try await chat.append("{\"n\":2}", ["larder-ttl": "1s"]), 200)
        #expect(try await eventually { try await chat.server.get(chat.target).status == 404 })
        #expect(try await chat.server.get(chat.list + "?prefix=\(chat.user)/").json["logs"] == [])
        expectStatus(try await chat.server.get(Native.entry(chat.store, chat.key)), 404)
        #expect(try await chat.append("{\"n\":3}").json["first"] == 3)
        #expect(try await chat.numbers("") == [3])
    }
}
