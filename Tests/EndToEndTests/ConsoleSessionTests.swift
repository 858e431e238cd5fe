import NIOHTTP1
import Testing

/// The console's way in: a cookie that only the console's own pages can use.
@Suite("Console sessions", .server)
struct ConsoleSessionTests {
    @Test("A token is traded for a cookie that scripts can't read and other sites don't send")
    func begins() async throws {
        let server = try server
        let reply = try await ConsoleSession.post(on: server, token: try server.token)
        try requireStatus(reply, 200)
        let parts = try #require(reply.header("set-cookie")).split(separator: "; ").map(String.init)
        #expect(parts.first?.wholeMatch(of: /larder_session=[0-9a-f]{64}/) != nil)
        #expect(Set(parts.dropFirst()) == ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"])
        let document = try reply.json
        #expect(document.names == ["scopes", "site", "stores", "isOpen", "csrf", "expiresAt"])
        #expect(document["scopes"] == ["read", "write", "admin"])
        #expect(document["site"].isNull && document["stores"].isNull)
        #expect(document["isOpen"].bool == false)
        #expect(document["expiresAt"].string?.hasSuffix("Z") == true)
        #expect(reply.header("cache-control") == "no-store")
    }

    @Test("The session says what its token may")
    func scopes() async throws {
        let server = try server
        let made = try await server.makeToken(
            #"{"scopes":["read"],"site":"blue","stores":["runs","*-runs"],"expiresIn":"1h"}"#)
        let session = try await ConsoleSession.begin(on: server, token: try #require(made["token"].string))
        #expect(session.document["scopes"] == ["read"])
        #expect(session.document["site"] == "blue")
        #expect(session.document["stores"] == ["runs", "*-runs"])
        #expect(session.document["expiresAt"] == made["expiresAt"])
        let again = try await session.send(.GET, "/console/session")
        expectStatus(again, 200)
        #expect(try again.json == session.document)
        expectStatus(try await session.send(.GET, "/v1/stores"), 200)
        try expectError(
            try await session.send(.PUT, Native.entry("runs", "k"), [:], .text("x")), 403, code: "forbidden")
        try expectError(try await session.send(.GET, "/v1/stores/evals"), 403, code: "forbidden")
        try expectError(try await session.send(.GET, "/v1/admin/jobs"), 403, code: "forbidden")
    }

    @Test("The cookie opens what the console uses: entries, streams, metrics, private media with ranges")
    func opens() async throws {
        let server = try server
        let session = try await ConsoleSession.begin(on: server)
        let store = Fresh.store()
        expectStatus(
            try await session.send(.PUT, Native.entry(store, "k"), ["content-type": "text/plain"], .text("hello")), 201)
        // Twice: the second time from the cache, on the fast path.
        for _ in 0..<2 { #expect(try await session.send(.GET, Native.entry(store, "k")).text == "hello") }
        let part = try await session.send(.GET, "/.netlify/blobs/\(store)/k", ["range": "bytes=1-3"])
        expectStatus(part, 206)
        #expect(part.text == "ell")
        expectStatus(try await session.send(.GET, "/metrics"), 200)
        expectStatus(try await session.send(.DELETE, Native.entry(store, "k")), 204)
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...2)
        let seen = try await server.follow(
            run.target, ["cookie": session.cookie, "sec-fetch-site": "same-origin"], as: .nobody
        ) { stream in
            #expect(stream.head.status == 200)
            _ = try await stream.nextEvent()
            return try await stream.nextEvent()?.data
        }
        #expect(seen == #"{"n":1}"#)
    }

    @Test(
        "The cookie is nothing on the Netlify client's faces",
        arguments: [
            (HTTPMethod.GET, "/default/site:things/k"), (.PUT, "/default/site:things/k"),
            (.DELETE, "/default/site:things"), (.GET, "/default"),
            (.GET, "/api/v1/blobs/default/site:things/k"), (.PUT, "/api/v1/blobs/default/site:things/k"),
            (.GET, "/.netlify/functions/progress?projectId=p"), (.POST, "/.netlify/functions/progress"),
        ])
    func notNetlify(_ method: HTTPMethod, _ target: String) async throws {
        let session = try await ConsoleSession.begin(on: server)
        let body: Request.Body =
            method == .POST ? .text(#"{"projectId":"p","agent":"a"}"#) : method == .PUT ? .text("x") : .none
        let refused = target.hasPrefix("/.netlify/functions/") ? 401 : 403
        try expectError(try await session.send(method, target, [:], body), refused)
    }

    @Test("A change needs the CSRF field and must not come from elsewhere")
    func csrf() async throws {
        let server = try server
        let session = try await ConsoleSession.begin(on: server)
        let store = Fresh.store(), target = Native.entry(store, "k"), own = try server.url, csrf = session.csrf
        // The text is random: its first character must become another one, whatever it was.
        let twin = (csrf.first == "0" ? "1" : "0") + csrf.dropFirst()
        let refused: [KeyValuePairs<String, String>] = [
            [:], ["larder-csrf": ""], ["larder-csrf": twin], ["larder-csrf": csrf + "0"],
            ["origin": own], ["larder-csrf": csrf, "origin": "http://evil.example"],
            ["larder-csrf": csrf, "origin": "null"],
            ["larder-csrf": csrf, "origin": own + "0"],
            ["larder-csrf": csrf, "origin": own.replacing("http:", with: "https:")],
            ["larder-csrf": csrf, "sec-fetch-site": "same-site"],
            ["larder-csrf": csrf, "origin": own, "sec-fetch-site": "same-site"],
        ]
        for headers in refused {
            try expectError(try await session.bare(.PUT, target, headers, .text("x")), 403, code: "cross_origin")
            try expectError(
                try await session.bare(.POST, "/v1/admin/tokens", headers, .text(#"{"scopes":["admin"]}"#)), 403,
                code: "cross_origin")
            try expectError(try await session.bare(.DELETE, "/console/session", headers), 403, code: "cross_origin")
        }
        try expectError(
            try await session.bare(.PUT, target, ["larder-csrf": csrf, "sec-fetch-site": "cross-site"], .text("x")), 401
        )
        expectStatus(try await server.get(target), 404)
        for headers: KeyValuePairs<String, String> in [
            ["larder-csrf": csrf], ["larder-csrf": csrf, "origin": own],
            ["larder-csrf": csrf, "sec-fetch-site": "same-origin"],
        ] {
            expectStatus(try await session.bare(.PUT, target, headers, .text("x")), 200, 201)
        }
        // Another session's text is not this one's.
        let other = try await ConsoleSession.begin(on: server)
        #expect(other.csrf != csrf)
        try expectError(try await session.bare(.DELETE, target, ["larder-csrf": other.csrf]), 403, code: "cross_origin")
        expectStatus(try await server.get(target), 200)
    }

    @Test(
        "A read from a page of another origin is as one without a cookie",
        arguments: [
            ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"], ["origin": "http://evil.example"],
        ] as [[String: String]])
    func crossOriginRead(_ fields: [String: String]) async throws {
        let server = try server
        let session = try await ConsoleSession.begin(on: server)
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        let (name, value) = try #require(fields.first)
        for target in ["/v1/stores", "/metrics", "/console/session", run.target] {
            let reply = try await session.bare(.GET, target, [name: value])
            try expectError(reply, 401)
            #expect(reply.header("access-control-allow-origin") == nil)
        }
        let stream = try await session.bare(.GET, run.target, ["accept": "text/event-stream", name: value])
        try expectError(stream, 401)
    }

    @Test("An Authorization field wins over the cookie")
    func authorizationWins() async throws {
        let session = try await ConsoleSession.begin(on: server)
        try expectError(try await session.send(.GET, "/v1/stores", ["authorization": "Bearer wrong"]), 401)

    }

    @Test(
        "A session is not begun from another origin",
        arguments: [
            ["origin": "http://evil.example"], ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"],
        ] as [[String: String]])
    func crossOriginBegin(_ fields: [String: String]) async throws {
        let server = try server
        let (name, value) = try #require(fields.first)
        let reply = try await ConsoleSession.post(on: server, token: try server.token, [name: value])
        try expectError(reply, 403, code: "cross_origin")
        #expect(reply.header("set-cookie") == nil)
    }

    @Test("Signing out ends the session and takes the cookie away")
    func ends() async throws {
        let session = try await ConsoleSession.begin(on: server)
        let reply = try await session.send(.DELETE, "/console/session")
        expectStatus(reply, 204)
        #expect(reply.header("set-cookie")?.contains("larder_session=;") == true)
        #expect(reply.header("set-cookie")?.contains("Max-Age=0") == true)
        try expectError(try await session.send(.GET, "/console/session"), 401)
        try expectError(try await session.send(.GET, "/v1/stores"), 401)
    }

    @Test("A revoked token's session is over at once, its stream within seconds")
    func revoked() async throws {
        let server = try server
        let made = try await server.makeToken(#"{"scopes":["read"]}"#)
        let session = try await ConsoleSession.begin(on: server, token: try #require(made["token"].string))
        let id = try #require(made["id"].string)
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...1)
        try await server.follow(run.target, ["cookie": session.cookie], as: .nobody) { stream in
            _ = try await stream.nextEvent()
            _ = try await stream.nextEvent()
            expectStatus(try await server.delete("/v1/admin/tokens/\(id)"), 204)
            try expectError(try await session.send(.GET, "/v1/stores"), 401)
            try expectError(try await session.send(.GET, "/console/session"), 401)
            #expect(try await stream.nextEvent() == nil)
        }
    }

    @Test(
        "What is no session opens nothing",
        arguments: ["larder_session=", "larder_session", "larder_session=wrong", "other=1", "larder_sessionx=1"])
    func wrongCookie(_ cookie: String) async throws {
        try expectError(try await server.get("/v1/stores", ["cookie": cookie], as: .nobody), 401)
    }

    @Test(
        "Bodies that are no token are refused",
        arguments: [("", 422), ("{}", 400), (#"{"token":1}"#, 400), (#"{"token":"x","more":1}"#, 400)])
    func badBody(_ body: String, _ status: Int) async throws {
        try expectError(try await server.send(.POST, "/console/session", [:], .text(body), as: .nobody), status)
    }
}

@Suite("Console sessions by option", .ownServers)
struct ConsoleSessionOptionTests {
    @Test("Wrong tokens are bounded a minute")
    func bounded() async throws {
        try await LarderProcess.with { server in
            for _ in 0..<10 { try expectError(try await ConsoleSession.post(on: server, token: "wrong"), 401) }
            // On a machine that is busy the ten may have taken more than their minute: then another one has begun.
            var reply = try await ConsoleSession.post(on: server, token: "wrong")
            for _ in 0..<30 where reply.status == 401 {
                reply = try await ConsoleSession.post(on: server, token: "wrong")
            }
            try expectError(reply, 429, code: "too_many_requests")
            let wait = try #require(reply.header("retry-after").flatMap { Int($0) })
            #expect((1...61).contains(wait))
            // Tokens themselves go on working.
            expectStatus(try await server.get("/v1/stores"), 200)
        }
    }

    @Test("Sessions go on behind a restart, and behind a kill; those that were signed out, or lost their token, do not")
    func restart() async throws {
        try await LarderProcess.with { server in
            let made = try await server.makeToken(#"{"scopes":["read"]}"#)
            let session = try await ConsoleSession.begin(on: server)
            let other = try await ConsoleSession.begin(on: server)
            let revoked = try await ConsoleSession.begin(on: server, token: try #require(made["token"].string))
            expectStatus(try await other.send(.DELETE, "/console/session"), 204)
            expectStatus(try await server.delete("/v1/admin/tokens/\(try #require(made["id"].string))"), 204)
            try await server.restart()
            expectStatus(try await session.send(.GET, "/v1/stores"), 200)
            for ended in [other, revoked] { try expectError(try await ended.send(.GET, "/v1/stores"), 401) }
            await server.kill()
            try await server.start()
            #expect(try await session.send(.GET, "/console/session").json == session.document)
            expectStatus(try await session.send(.DELETE, "/console/session"), 204)
            try expectError(try await session.send(.GET, "/v1/stores"), 401)
        }
    }

    @Test("Where everybody is let in, so is the console")
    func open() async throws {
        try await LarderProcess.with(["--no-auth"]) { server in
            for reply in [
                try await server.get("/console/session", as: .nobody),
                try await ConsoleSession.post(on: server, token: "any"),
            ] {
                expectStatus(reply, 200)
                #expect(try reply.json["isOpen"] == true)
                #expect(try reply.json["scopes"] == ["read", "write", "admin"])
                #expect(try reply.json["csrf"] == "")
                #expect(reply.header("set-cookie") == nil)
            }
        }
    }
}
