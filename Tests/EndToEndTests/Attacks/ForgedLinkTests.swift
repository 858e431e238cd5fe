import Hashing
import Foundation
import NIOHTTP1
import Testing

/// Signed URLs that nobody signed for this: forged, expired, replayed.
@Suite("Attacks: signed links", .server(environment: AppSecret.environment))
struct ForgedLinkTests {
    /// What an app would make that knows the key (contract 4.5).
    private func signed(_ path: String, _ fields: String = "", in lifetime: Double = 600) throws -> (
        exp: String, sig: String
    ) {
        let exp = "\(Int((Date().timeIntervalSince1970 + lifetime) * 1_000))"
        let text = fields.isEmpty ? "\(path):\(exp)" : "\(path)?\(fields):\(exp)"
        return (
            exp,
            Bytes.hex(MAC.sha256(Array(text.utf8), key: Array(AppSecret.text.utf8)))
        )
    }

    private func query(_ path: String, _ fields: String = "", in lifetime: Double = 600) throws -> String {
        let made = try signed(path, fields, in: lifetime)
        return (fields.isEmpty ? "" : fields + "&") + "exp=\(made.exp)&sig=\(made.sig)"
    }

    private func expectClosed(
        _ target: String, _ method: HTTPMethod = .GET, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let reply = try await server.send(
            method, target, [:], method == .GET || method == .HEAD ? .none : .text("{}"), as: .nobody)
        #expect(
            [400, 401, 403, 404, 405].contains(reply.status), "\(method) \(target): \(reply)",
            sourceLocation: sourceLocation)
        #expect(!reply.text.contains("secret"), "\(method) \(target): \(reply)", sourceLocation: sourceLocation)
    }

    @Test("A signature as it should be opens its entry, so that the rest of these tests mean something")
    func valid() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Native.entry(store, "k"), "secret"), 201)
        for path in ["/.netlify/blobs/\(store)/k", Native.entry(store, "k"), Netlify.edge(store, "k")] {
            #expect(try await server.get(path + "?" + (try query(path)), as: .nobody).text == "secret", "\(path)")
        }
    }

    @Test(
        "Forged", arguments: ["sig", "truncated", "longer", "upper", "empty", "exp", "none", "other secret", "twice"])
    func forged(_ how: String) async throws {
        let store = Fresh.store(), path = "/.netlify/blobs/\(store)/k"
        try requireStatus(try await server.put(Native.entry(store, "k"), "secret"), 201)
        let made = try signed(path)
        let zeros = String(repeating: "0", count: 64)
        let other = Bytes.hex(
            MAC.sha256(Array("\(path):\(made.exp)".utf8), key: Array("guess".utf8)))
        let queries: [String: String] = [
            "sig": "exp=\(made.exp)&sig=\(zeros)", "truncated": "exp=\(made.exp)&sig=\(made.sig.prefix(32))",
            "longer": "exp=\(made.exp)&sig=\(made.sig)00",
            "upper": "exp=\(made.exp)&sig=x\(made.sig.dropFirst())", "empty": "exp=\(made.exp)&sig=",
            "exp": "exp=\(made.exp)0&sig=\(made.sig)",
            "none": "sig=\(made.sig)", "other secret": "exp=\(made.exp)&sig=\(other)",
            "twice": "exp=\(made.exp)&exp=9999999999999&sig=\(made.sig)",
        ]
        try await expectClosed(path + "?" + (try #require(queries[how])))
    }

    @Test("Expired, though signed", arguments: [-1.0, -86_400, -1_700_000_000])
    func expired(_ lifetime: Double) async throws {
        let store = Fresh.store(), path = "/.netlify/blobs/\(store)/k"
        try requireStatus(try await server.put(Native.entry(store, "k"), "secret"), 201)
        let reply = try await server.get(path + "?" + (try query(path, in: lifetime)), as: .nobody)
        try expectError(reply, 403)
        #expect(!reply.text.contains("secret"))
    }

    @Test(
        "Replayed to something else",
        arguments: [
            "/.netlify/blobs/{s}/other", "/.netlify/blobs/{s}/k/", "/.netlify/blobs/{s}//k", "/.netlify/blobs/{s}/%6b",
            "/.netlify/blobs/{o}/k",
            "/.netlify/blobs/{s}/../{o}/k", "/v1/stores/{s}/entries/k", "/default/site:{s}/k", "/v1/stores/{s}/entries",
            "/v1/stores/{s}",
            "/default/site:{s}",
            "/v1/admin/tokens", "/v1/admin/jobs", "/metrics", "/v1/sign", "/v1/progress/p/r",
            "/api/v1/blobs/default/site:{s}/k",
        ])
    func replayed(_ template: String) async throws {
        let store = Fresh.store(), other = Fresh.store()
        for name in [store, other] {
            for key in ["k", "other"] {
                try requireStatus(try await server.put(Native.entry(name, key), "secret"), 201)
            }
        }
        let query = try query("/.netlify/blobs/\(store)/k")
        let target = template.replacing("{s}", with: store).replacing("{o}", with: other)
        for method in [HTTPMethod.GET, .PUT, .DELETE, .POST, .PATCH] {
            try await expectClosed(target + "?" + query, method)
        }
        for extra in ["site=other&", "response-content-type=text/html&", "method=PUT&", "method=DELETE&"] {
            try await expectClosed("/.netlify/blobs/\(store)/k?" + extra + query)
        }
        for method in [HTTPMethod.PUT, .DELETE, .POST, .PATCH] {
            try await expectClosed("/.netlify/blobs/\(store)/k?" + query, method)
        }
        #expect(try await server.get(Native.entry(store, "k")).text == "secret")
    }

    @Test(
        "No signature opens administration or a list, not even a true one",
        arguments: [
            "/v1/admin/tokens", "/v1/admin/jobs", "/v1/admin/cleanup", "/v1/stores", "/v1/stores/things",
            "/v1/stores/things/entries",
            "/default/site:things",
            "/default?prefix=site:", "/metrics", "/v1/sign",
        ])
    func scopes(_ target: String) async throws {
        let parts = target.split(separator: "?").map(String.init)
        for (method, fields) in [
            (HTTPMethod.GET, ""), (.POST, "method=POST"), (.DELETE, "method=DELETE"), (.PUT, "method=PUT"),
        ] {
            let all = [parts.count > 1 ? parts[1] : "", fields].filter { !$0.isEmpty }.joined(separator: "&")
            let reply = try await server.send(
                method, parts[0] + "?" + (try query(parts[0], all)), [:], .text("{\"scopes\":[\"admin\"]}"), as: .nobody
            )
            #expect([400, 401, 403, 404, 405].contains(reply.status), "\(method) \(target): \(reply)")
        }
    }

    @Test("A signature reads a memory and changes nothing of it", arguments: ["", "/rating", "/runs/r"])
    func memory(_ part: String) async throws {
        let project = Fresh.store("project"), target = "/v1/memory/\(project)" + part
        for (method, fields) in [
            (HTTPMethod.DELETE, ""), (.DELETE, "method=DELETE"), (.POST, "method=POST"), (.PUT, "method=PUT"),
        ] {
            let signed = target + "?" + (try query(target, fields))
            let reply = try await server.send(method, signed, [:], .text("{\"rating\":\"good\"}"), as: .nobody)
            #expect([401, 403, 404, 405].contains(reply.status), "\(method) \(target): \(reply)")
        }
        expectStatus(
            try await server.get("/v1/memory/\(project)?" + (try query("/v1/memory/\(project)", "")), as: .nobody), 200)
    }

    @Test("A signed stream opens its run only, and only while it is valid")
    func streams() async throws {
        let server = try server
        let run = ProgressRun(on: server), other = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        try await other.append("{\"n\":\"secret\"}")
        let query = try query(run.target)
        try await server.follow(run.target + "?" + query, as: .nobody) { stream in
            let frame = try await stream.nextEvent()
            #expect(frame?.event == "connected")
        }
        for target in [
            other.target + "?" + query, run.target + "?after=0&" + query, "/v1/progress?" + query,
            run.target + "?" + (try self.query(run.target, in: -5)),
        ] {
            let reply = try await server.get(target, ["accept": "text/event-stream"], as: .nobody)
            try expectError(reply, 403)
        }
        try expectError(try await server.send(.POST, run.target + "?" + query, [:], .text("{}"), as: .nobody), 401, 403)
        #expect(try await run.numbers() == [1])
    }

    @Test("A token that is revoked in the middle of a stream hears no more, and may nothing more")
    func revoked() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        let reader = try await server.makeToken(#"{"scopes":["read"],"stores":["progress"]}"#)
        let writer = try await server.makeToken(#"{"scopes":["write"]}"#)
        let id = try #require(reader["id"].string), token = try #require(reader["token"].string)
        let writerID = try #require(writer["id"].string), writerToken = try #require(writer["token"].string)
        try await server.follow(run.target, as: .bearer(token)) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            #expect(try await stream.nextEvent()?.event == "progress")
            expectStatus(try await server.delete("/v1/admin/tokens/\(id)"), 204)
            // It ends by itself, without an error that a browser would give up for.
            #expect(try await stream.rest().allSatisfy { $0.event == nil })
        }
        try expectError(try await server.get(run.target, ["accept": "text/event-stream"], as: .bearer(token)), 401)
        // What was let in before is finished; the next request is not.
        let store = Fresh.store()
        try await Wire.connect(to: try server.port) { connection in
            expectStatus(
                try await connection.send(
                    try server.request(.PUT, Netlify.edge(store, "k"), [:], .text("1"), as: .bearer(writerToken))), 200)
            expectStatus(try await server.delete("/v1/admin/tokens/\(writerID)"), 204)
            try expectError(
                try await connection.send(
                    try server.request(.PUT, Netlify.edge(store, "k"), [:], .text("2"), as: .bearer(writerToken))), 403)
        }
        #expect(try await server.get(Netlify.edge(store, "k")).text == "1")
    }
}
