import NIOHTTP1
import Testing

private let app = "https://app.example"
private let evil = "https://evil.example"

/// Pages of other origins: none may read anything, but for those that were named.
@Suite("Cross-origin pages", .server("--cors-origin", app, "--cors-origin", "http://localhost:3000"))
struct CrossOriginTests {
    private func expectClosed(_ reply: Reply, sourceLocation: SourceLocation = #_sourceLocation) {
        let fields = reply.headers.filter { $0.name.lowercased().hasPrefix("access-control-") }
        #expect(fields.isEmpty, "\(reply)", sourceLocation: sourceLocation)
    }

    private func expectOpen(_ reply: Reply, to origin: String = app, sourceLocation: SourceLocation = #_sourceLocation)
    {
        #expect(reply.header("access-control-allow-origin") == origin, "\(reply)", sourceLocation: sourceLocation)
        #expect(reply.header("access-control-allow-credentials") == nil, sourceLocation: sourceLocation)
        #expect(reply.headers["vary"].contains("Origin"), "\(reply)", sourceLocation: sourceLocation)
    }

    @Test(
        "A browser that asks first is told what named origins may do, without a token",
        arguments: ["/v1/stores/runs/entries/k", "/v1/progress/p/r", "/.netlify/blobs/media/k"])
    func preflight(_ target: String) async throws {
        let asked: KeyValuePairs = [
            "origin": app, "access-control-request-method": "PUT",
            "access-control-request-headers": "authorization,if-match",
        ]
        let reply = try await server.send(.OPTIONS, target, asked, as: .nobody)
        expectStatus(reply, 204)
        expectOpen(reply)
        #expect(reply.header("access-control-allow-methods")?.contains("PUT") == true)
        for field in ["authorization", "if-match", "last-event-id", "range", "idempotency-key"] {
            #expect(reply.header("access-control-allow-headers")?.contains(field) == true)
        }
        expectOpen(
            try await server.send(
                .OPTIONS, target, ["origin": "http://localhost:3000", "access-control-request-method": "GET"],
                as: .nobody),
            to: "http://localhost:3000")
        for origin in [
            evil, "null", app + ".evil.example", "https://APP.example", "http://app.example", "http://localhost:3001",
            "",
        ] {
            let refused = try await server.send(
                .OPTIONS, target, ["origin": origin, "access-control-request-method": "PUT"], as: .nobody)
            expectStatus(refused, 204)
            expectClosed(refused)
        }
    }

    @Test("Answers and errors are readable for named origins, on the fast path too")
    func answers() async throws {
        let server = try server
        let store = Fresh.store()
        for (origin, isOpen) in [(app, true), (evil, false)] {
            let replies = [
                try await server.put(Native.entry(store, "k"), "x", ["origin": origin]),
                try await server.get(Native.entry(store, "k"), ["origin": origin]),
                try await server.get(Native.entry(store, "k"), ["origin": origin]),
                try await server.get(Native.entry(store, "missing"), ["origin": origin]),
                try await server.get(Native.entry(store, "k"), ["origin": origin], as: .nobody),
                try await server.get("/v1/stores", ["origin": origin]),
                try await server.get("/.netlify/blobs/\(store)/k", ["origin": origin]),
            ]
            for reply in replies {
                if isOpen { expectOpen(reply) } else { expectClosed(reply) }
                #expect(reply.headers["vary"].contains("Origin"))
            }
        }
        #expect(
            try await server.get(Native.entry(store, "k"), ["origin": app]).header("access-control-expose-headers")?
                .contains("etag") == true)
    }

    @Test("An EventSource of a named origin follows with a signature or a token; others are not let read")
    func streams() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        for (origin, isOpen) in [(app, true), (evil, false)] {
            let head = try await server.follow(run.target, ["origin": origin]) { stream in
                _ = try await stream.nextEvent()
                return stream.head
            }
            expectStatus(head, 200)
            if isOpen { expectOpen(head) } else { expectClosed(head) }
            let refused = try await server.get(
                run.target, ["origin": origin, "accept": "text/event-stream"], as: .nobody)
            expectStatus(refused, 401)
            if isOpen { expectOpen(refused) } else { expectClosed(refused) }
        }
    }

    @Test("A named origin's page has no use of the console's cookie")
    func noCookies() async throws {
        let session = try await ConsoleSession.begin(on: server)
        for origin in [app, evil] {
            try expectError(try await session.bare(.GET, "/v1/stores", ["origin": origin]), 401)
            try expectError(
                try await session.bare(
                    .PUT, Native.entry("runs", "k"), ["origin": origin, "larder-csrf": session.csrf], .text("x")), 403,
                code: "cross_origin")
        }
    }

    @Test(
        "The Netlify client's faces, health and the console are for no other origin",
        arguments: [
            "/default/site:runs/k", "/api/v1/blobs/default/site:runs/k", "/metrics", "/healthz", "/console/session",
        ])
    func uncovered(_ target: String) async throws {
        expectClosed(try await server.get(target, ["origin": app]))
        let preflight = try await server.send(
            .OPTIONS, target, ["origin": app, "access-control-request-method": "GET"])
        expectClosed(preflight)
        #expect(preflight.status != 204)
    }

    @Test("The progress function lets every page ask, as it always did, and never with cookies")
    func function() async throws {
        let session = try await ConsoleSession.begin(on: server)
        let target = "/.netlify/functions/progress?projectId=p"
        let preflight = try await server.send(
            .OPTIONS, target, ["origin": evil, "access-control-request-method": "POST"], as: .nobody)
        expectStatus(preflight, 204)
        #expect(preflight.headers["access-control-allow-origin"] == ["*"])
        #expect(preflight.header("access-control-allow-credentials") == nil)
        expectStatus(try await session.bare(.GET, target, ["origin": evil]), 401)
    }
}

@Suite("Cross-origin pages by option", .ownServers)
struct CrossOriginOptionTests {
    @Test("By default no other origin may read anything, streams included")
    func closed() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...1)
            let head = try await server.follow(run.target, ["origin": app]) { $0.head }
            for reply in [
                head, try await server.get("/v1/stores", ["origin": app]),
                try await server.send(.OPTIONS, "/v1/stores", ["origin": app, "access-control-request-method": "GET"]),
            ] {
                #expect(reply.header("access-control-allow-origin") == nil)
            }
        }
    }

    @Test(
        "An origin that is none, or all, is refused at the start in one line",
        arguments: ["*", "app.example", "https://app.example/", "https://*.example", "null"])
    func refused(_ origin: String) async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await Larder.run(
                ["serve", "--data", folder.appending("data"), "--port", "0", "--cors-origin", origin], home: folder.path
            )
            #expect(outcome.ending == .exit(1))
            #expect(outcome.lines.count == 1 && outcome.errors.contains("--cors-origin"), "\(outcome)")
        }
    }

    @Test("A server open to all is closed to pages of other origins and to other names")
    func openServer() async throws {
        try await LarderProcess.with(["--no-auth", "--cors-origin", app]) { server in
            expectStatus(
                try await server.put(Native.entry("runs", "k"), "x", ["origin": "http://localhost:3000"], as: .nobody),
                201)
            expectStatus(try await server.get(Native.entry("runs", "k"), ["origin": app], as: .nobody), 200)
            for fields: KeyValuePairs<String, String> in [
                ["origin": evil], ["origin": "null"], ["sec-fetch-site": "cross-site"],
            ] {
                try expectError(
                    try await server.get(Native.entry("runs", "k"), fields, as: .nobody), 403, code: "cross_origin")
                try expectError(
                    try await server.put(Native.entry("runs", "k"), "y", fields, as: .nobody), 403, code: "cross_origin"
                )
                try expectError(
                    try await server.delete("/default/site:runs", fields, as: .nobody), 403, code: "cross_origin")
            }
            var rebound = try server.request(.GET, Native.entry("runs", "k"), as: .nobody)
            rebound.headers.replaceOrAdd(name: "host", value: "evil.example:\(try server.port)")
            try expectError(try await Wire.send(rebound, to: try server.port), 403, code: "cross_origin")
            #expect(try await server.get(Native.entry("runs", "k"), as: .nobody).text == "x")
        }
    }
}
