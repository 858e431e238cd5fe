import Foundation
import NIOHTTP1
import Testing

/// An installation with something of everything, and what it answers.
struct Filled {
    let admin: String
    let token: String
    let link: String
    let space: String
    let answers: [String: [UInt8]]

    private static func targets(_ space: String) -> [String] {
        let entries = ["small", "prose", "noise", "a/b"].map { Native.entry("things", $0) }
        return entries + [
            Native.entries("things", "metadata=true"), "/v1/stores", "/v1/progress/film/one",
            "/v1/stores/conversations/logs/u1/c1", "/v1/memory/film", "\(space)/keys", "\(space)/values/k",
            "\(space)/metadata/k", Native.entry("evals", "v/evaluation.json") + "?versions",
        ]
    }

    private static func answers(_ server: LarderProcess, _ space: String) async throws -> [String: [UInt8]] {
        var answers: [String: [UInt8]] = [:]
        for target in targets(space) {
            let reply = try await server.get(target, ["accept": "application/json"])
            try requireStatus(reply, 200)
            answers[target] = reply.body
        }
        return answers
    }

    static func fill(_ server: LarderProcess) async throws -> Filled {
        for (key, content) in [
            ("small", Bytes.noise(900)), ("prose", Bytes.prose(300_000)), ("noise", Bytes.noise(150_000, seed: 4)),
            ("a/b", Bytes.noise(40_000, seed: 5)),
        ] {
            try requireStatus(
                try await server.put(Native.entry("things", key), content, ["larder-metadata": #"{"of":"it"}"#]), 201)
        }
        try requireStatus(try await server.put(Native.entry("things", "gone"), Bytes.noise(70_000, seed: 6)), 201)
        expectStatus(try await server.delete(Native.entry("things", "gone")), 204)
        for text in ["one", "two"] {
            try requireStatus(try await server.put(Native.entry("evals", "v/evaluation.json"), text), 200, 201)
        }
        for number in 0..<30 {
            let reply = try await server.put(
                Native.entry("many", "k\(number)"), Bytes.noise(2_000, seed: UInt64(number)))
            try requireStatus(reply, 201)
        }
        try requireStatus(
            try await server.send(.POST, "/v1/progress/film/one", [:], .text(#"[{"agent":"a","progress":5},{"n":2}]"#)),
            200, 201)
        try requireStatus(
            try await server.send(
                .POST, "/v1/stores/conversations/logs/u1/c1", ["idempotency-key": "once"],
                .text(#"[{"role":"user","content":"Hi"}]"#)), 200, 201)
        let memory = MemoryProject(on: server, project: "film")
        try await memory.record("one")
        try await memory.rate("one", "good")
        let space = try await KVSpace.create(on: server, "sessions")
        try requireStatus(try await space.put("k", "value"), 200)
        let made = try await server.send(.POST, "/v1/admin/tokens", [:], .text(#"{"scopes":["read","write"]}"#))
        try requireStatus(made, 201)
        try requireStatus(try await server.send(.POST, "/v1/admin/signing-key/rotate"), 200)
        let signed = try await server.send(.POST, "/v1/sign", [:], .text(#"{"store":"things","key":"prose"}"#))
        try requireStatus(signed, 200)
        return Filled(
            admin: try server.token, token: try #require(try made.json["token"].string),
            link: try Netlify.target(of: signed, at: server), space: space.path,
            answers: try await answers(server, space.path))
    }

    /// Everything answers as it did, old secrets count, and what is new goes on behind what is old.
    func expect(of server: LarderProcess, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try server.token == admin, sourceLocation: sourceLocation)
        for (target, body) in try await Self.answers(server, space) {
            #expect(body == answers[target], "\(target)", sourceLocation: sourceLocation)
        }
        expectStatus(try await server.get(Native.entry("things", "small"), as: .bearer(token)), 200)
        expectStatus(try await server.get(link, as: .nobody), 200)
    }
}
