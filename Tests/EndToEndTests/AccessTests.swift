import NIOHTTP1
import Testing

/// Promise 6: closed by default; and contract §4: one JSON error shape, a request id on every answer.
@Suite("Access", .server)
struct AccessTests {
    static let closed: [(HTTPMethod, String)] = [
        (.GET, "/default/site:things/k"), (.HEAD, "/default/site:things/k"), (.PUT, "/default/site:things/k"),
        (.DELETE, "/default/site:things/k"),
        (.GET, "/default/site:things"), (.DELETE, "/default/site:things"), (.GET, "/default?prefix=site:"),
        (.GET, "/region:us-east-2/default/site:things/k"), (.PUT, "/region:us-east-2/default/site:things/k"),
        (.GET, "/api/v1/blobs/default/site:things/k"), (.PUT, "/api/v1/blobs/default/site:things/k"),
        (.GET, "/api/v1/blobs/default/site:things"),
        (.GET, "/api/v1/blobs/default"), (.GET, "/api/v1/sites/default/blobs/k"),
        (.GET, "/v1/stores/things/entries/k"), (.HEAD, "/v1/stores/things/entries/k"),
        (.PUT, "/v1/stores/things/entries/k"), (.POST, "/v1/stores/things/entries/k"),
        (.PATCH, "/v1/stores/things/entries/k"), (.DELETE, "/v1/stores/things/entries/k"),
        (.GET, "/v1/stores/things/entries"),
        (.DELETE, "/v1/stores/things/entries?all=true"), (.GET, "/v1/stores"), (.GET, "/v1/stores/things"),
        (.GET, "/metrics"),
    ]

    /// What a request without a valid token is answered: 403 on Netlify's paths, as its own server does.
    private static func refusal(_ target: String) -> Int {
        target.hasPrefix("/v1/") || target == "/metrics" ? 401 : 403
    }

    @Test("Without a valid token nothing is answered but 401, or 403 on Netlify's paths", arguments: closed)
    func closedByDefault(_ method: HTTPMethod, _ target: String) async throws {
        let body: Request.Body = [.PUT, .PATCH, .POST].contains(method) ? .text("{}") : .none
        let token = try server.token
        for credential in [
            Credential.nobody, .bearer("wrong"), .bearer(""), .bearer(token + "x"), .bearer(String(token.dropLast())),
            .bearer(token.uppercased() + "A"),
            .authorization(token), .authorization("Basic \(token)"), .authorization(""),
        ] {
            let reply = try await server.send(method, target, [:], body, as: credential)
            try expectError(reply, Self.refusal(target), code: "unauthorized", isHead: method == .HEAD)
            // The Netlify client then has words of its own.
            #expect(reply.header("x-nf-error") == nil)
        }
    }

    @Test("A refused write stores nothing, and a refused delete deletes nothing", arguments: Face.allCases)
    func refusedWrite(_ face: Face) async throws {
        let store = Fresh.store()
        let refusal = Self.refusal(face.target(store, "k"))
        expectStatus(try await server.put(face.target(store, "k"), "x", as: .bearer("wrong")), refusal)
        expectStatus(try await server.get(face.target(store, "k")), 404)
        try requireStatus(try await server.put(face.target(store, "k"), "kept"), face.created)
        expectStatus(try await server.delete(face.target(store, "k"), as: .nobody), refusal)
        expectStatus(try await server.delete("/default/site:\(store)", as: .nobody), 403)
        #expect(try await server.get(face.target(store, "k")).text == "kept")
    }

    @Test("The scheme of the token is written in any case", arguments: ["Bearer", "bearer", "BEARER"])
    func scheme(_ scheme: String) async throws {
        let reply = try await server.get("/v1/stores", as: .authorization("\(scheme) \(try server.token)"))
        expectStatus(reply, 200)
    }

    @Test("A refusal tells nothing of what there is")
    func noOracle() async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Native.entry(store, "k"), "x"), 201)
        let there = try await server.get(Native.entry(store, "k"), as: .nobody)
        let missing = try await server.get(Native.entry(store, "missing"), as: .nobody)
        #expect(there.status == missing.status)
        #expect(there.body == missing.body)
        #expect(there.etag == nil)
    }

    @Test("Health and version are open", arguments: ["/healthz", "/readyz", "/version"])
    func open(_ target: String) async throws {
        for credential in [Credential.nobody, .admin, .bearer("wrong")] {
            expectStatus(try await server.get(target, as: credential), 200)
        }
    }

    @Test(
        "Every answer carries a request id, each its own",
        arguments: [
            "/healthz", "/readyz", "/version", "/metrics", "/default/site:things/missing", "/default/site:things",
            "/v1/stores",
            "/v1/stores/things/entries/missing",
            "/v1/no-such-path", "/v1/stores/things/entries?cursor=%21",
        ])
    func requestIDs(_ target: String) async throws {
        var seen: Set<String> = []
        for credential in [Credential.admin, .nobody, .admin] {
            let reply = try await server.get(target, as: credential)
            let id = try #require(reply.header("x-nf-request-id") ?? reply.header("x-request-id"), "\(reply)")
            #expect(!id.isEmpty)
            seen.insert(id)
        }
        #expect(seen.count == 3)
    }

    @Test("The Netlify face names its request id x-nf-request-id, whatever it answers")
    func netlifyRequestID() async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        let etag = try #require(try await server.put(target, "x").etag)
        for reply in [
            try await server.put(target, "x"), try await server.get(target), try await server.head(target),
            try await server.get(target, ["if-none-match": try #require(try await server.get(target).etag)]),
            try await server.put(target, "y", ["if-match": "\"no\""]),
            try await server.put(target, "y", ["if-match": etag + "x"]),
            try await server.delete(target), try await server.get(target), try await server.get(target, as: .nobody),
        ] {
            #expect(!(reply.header("x-nf-request-id") ?? "").isEmpty, "\(reply)")
        }
    }

    @Test("Errors of the Netlify face give their reason in x-nf-error too")
    func netlifyErrors() async throws {
        let target = Netlify.edge(Fresh.store(), "k")
        let reader = try #require(try await server.makeToken(#"{"scopes":["read"]}"#)["token"].string)
        for reply in [
            try await server.get(target), try await server.put(target, "x", ["if-match": "\"no\""]),
            try await server.put(target, "x", ["x-amz-meta-user": "bad"]),
            try await server.put(Netlify.edge("s", ""), "x"), try await server.put(target, "x", as: .bearer(reader)),
        ] {
            try expectError(reply, 400, 403, 404, 412)
            #expect(!(reply.header("x-nf-error") ?? "").isEmpty, "\(reply)")
        }
    }

    @Test(
        "An unknown path is 404, whatever the method",
        arguments: ["/v1/nothing", "/v1", "/v1/stores/things/nothing/k", "/.netlify/functions/nothing", "/"])
    func unknownPath(_ target: String) async throws {
        for method in [HTTPMethod.GET, .POST] {
            try expectError(try await server.send(method, target, [:], .none), 404, 405)
        }
        try expectError(try await server.get(target), 404)
    }

    @Test(
        "A method that a path does not know is refused with the error shape",
        arguments: [
            (HTTPMethod.POST, "/v1/stores/things/entries"), (.PUT, "/v1/stores"), (.POST, "/default/site:things/k"),
            (.PATCH, "/default/site:things/k"),
        ])
    func unknownMethod(_ method: HTTPMethod, _ target: String) async throws {
        try expectError(try await server.send(method, target, [:], .text("{}")), 404, 405)
    }
}
