import Foundation
import NIOHTTP1
import Testing

/// The shapes that clients of other programs expect.
@Suite("Shapes of other programs", .server)
struct CompatTests {
    private func session(_ user: String, _ id: String) -> String {
        "/compat/mentraos/session?userId=\(user)&sessionId=\(id)"
    }

    @Test("A session that nobody wrote is an empty one, and stays unwritten")
    func empty() async throws {
        let server = try server, user = Fresh.name("u")
        let before = Date().timeIntervalSince1970 * 1000
        let found = try await server.get(session(user, "s")).json
        #expect(found["sessionId"] == "s" && found["userId"].string == user)
        #expect(found["conversationHistory"] == [] && found["lastActivity"].double ?? 0 >= before - 1)
        #expect(found["locationContext"].isNull)
        #expect(try await server.get(Native.entries("sessions", "prefix=\(user)/")).json["entries"] == [])
    }

    @Test("Parts of a session are merged: fields replace, a history appends what is new in it")
    func merge() async throws {
        let server = try server, user = Fresh.name("u")
        func post(_ body: String) async throws {
            let reply = try await server.send(.POST, session(user, "s"), [:], .text(body))
            #expect(try reply.json == ["success": true])
        }
        try await post(#"{"locationContext":{"city":"Bern","zip":1},"mode":"a","userId":"other","lastActivity":5}"#)
        try await post(#"{"conversationHistory":[{"role":"user","content":"Hi"}]}"#)
        try await post(#"{"locationContext":{"city":"Ulm"}}"#)
        // Two who read the same and each add a turn: both are kept.
        let one = #"{"role":"user","content":"Hi"}"#
        try await post("{\"conversationHistory\":[\(one),{\"role\":\"assistant\",\"content\":\"A\"}]}")
        try await post("{\"conversationHistory\":[\(one),{\"role\":\"assistant\",\"content\":\"B\"}]}")
        let found = try await server.get(session(user, "s")).json
        #expect(found["locationContext"] == ["city": "Ulm"] && found["mode"] == "a")
        #expect(found["userId"].string == user && found["lastActivity"].double ?? 0 > 1_000_000)
        #expect(found["conversationHistory"].items.map { $0["content"] } == ["Hi", "A", "B"])
        let own = try await server.get(Native.entry("sessions", "\(user)/s")).json
        #expect(own == ["locationContext": ["city": "Ulm"], "mode": "a"])
        #expect(try await server.get("/v1/stores/sessions/logs/\(user)/s/history").json["count"] == 3)
        #expect(try await server.get(session(Fresh.name("u"), "s")).json["conversationHistory"] == [])
        #expect(try await server.delete(session(user, "s")).json == ["success": true])
        #expect(try await server.get(session(user, "s")).json["conversationHistory"] == [])
        expectStatus(try await server.get(Native.entry("sessions", "\(user)/s")), 404)
    }

    @Test("IDs that are odd have keys of their own")
    func ids() async throws {
        let server = try server, user = Fresh.name("u")
        let ids = ["a/b", "a%2Fb", "history", "%68istory", "notifications", "a%b", "é"]
        var characters = CharacterSet.alphanumerics
        characters.insert("-")
        for (n, id) in ids.enumerated() {
            let text = try #require(id.addingPercentEncoding(withAllowedCharacters: characters))
            let reply = try await server.send(.POST, session(user, text), [:], .text("{\"n\":\(n)}"))
            try requireStatus(reply, 200)
        }
        for (n, id) in ids.enumerated() {
            let text = try #require(id.addingPercentEncoding(withAllowedCharacters: characters))
            let found = try await server.get(session(user, text)).json
            #expect(found["n"].int == n && found["sessionId"].string == id)
        }
    }

    @Test("What is missing or wrong is said as the programs say it")
    func wrong() async throws {
        let server = try server
        for target in [
            "/compat/mentraos/session", "/compat/mentraos/session?userId=u",
            "/compat/mentraos/session?sessionId=s&userId=",
        ] {
            for method in [HTTPMethod.GET, .POST, .DELETE] {
                let reply = try await server.send(method, target, [:], method == .POST ? .text("{}") : .none)
                expectStatus(reply, 400)
                #expect(reply.text == "Missing sessionId or userId")
            }
        }
        expectStatus(try await server.send(.PUT, session("u", "s"), [:], .text("{}")), 405)
        expectStatus(try await server.get(session("u", "s"), as: .nobody), 401)
        for body in ["[]", "{", #"{"conversationHistory":{}}"#, #"{"conversationHistory":[1]}"#] {
            try expectError(try await server.send(.POST, session(Fresh.name("u"), "s"), [:], .text(body)), 422)
        }
    }

    @Test("Notifications come newest last, as many as are asked for")
    func notifications() async throws {
        let server = try server, target = "/compat/mentraos/notifications?userId=\(Fresh.name("u"))"
        #expect(try await server.get(target).json == ["notifications": []])
        for n in 1...7 {
            let reply = try await server.send(.POST, target, [:], .text("{\"n\":\(n)}"))
            #expect(try reply.json == ["success": true])
        }
        #expect(try await server.get(target).json["notifications"].items.map { $0["n"].int } == [3, 4, 5, 6, 7])
        #expect(try await server.get(target + "&limit=2").json["notifications"].items.map { $0["n"].int } == [6, 7])
        expectStatus(try await server.get("/compat/mentraos/notifications"), 400)
    }

    @Test("A chat's newest 40 turns are remembered, and never begin with an answer whose question was cut")
    func chat() async throws {
        let server = try server, target = "/compat/agent/\(Fresh.name("s"))"
        func append(_ body: String) async throws -> Reply {
            try await server.send(.POST, target + "/append", [:], .text(body))
        }
        #expect(try await server.get(target + "/history").json == [])
        let refused = try await append(#"{"role":"user","content":"x"}"#)
        expectStatus(refused, 400)
        #expect(try refused.json == ["error": "Expected array"])
        let odd = #"[{"role":"user","content":"a","x":1},{"content":"no role"},{"role":"user","content":[1]},7]"#
        #expect(try await append(odd).json == ["ok": true])
        #expect(try await server.get(target + "/history").json == [["role": "user", "content": "a", "x": 1]])
        for n in 1...20 {
            let turns = "[{\"role\":\"assistant\",\"content\":\"A\(n)\"},{\"role\":\"user\",\"content\":\"Q\(n)\"}]"
            expectStatus(try await append(turns), 200)
        }
        let turns = try await server.get(target + "/history").json.items
        #expect(turns.count == 39 && turns.first?["content"] == "Q1" && turns.last?["content"] == "Q20")
        #expect(try await server.send(.POST, target + "/reset", [:], .none).json == ["ok": true])
        #expect(try await server.get(target + "/history").json == [])
        expectStatus(try await server.get(target + "/nothing"), 404)
        expectStatus(try await server.send(.POST, target + "/history", [:], .text("[]")), 405)
    }
}
