import NIOHTTP1
import Testing

/// Each limit of a request: at it passes, beyond it is refused, nothing changes, and its counter counts.
@Suite(
    "Limits of a request",
    .server(
        "--max-url", "1KB", "--max-header-field", "2KB", "--max-header-list", "6KB", "--max-headers", "30",
        "--max-json-depth", "10", "--max-page",
        "5",
        "--max-followers", "3", "--max-run-followers", "2", "--max-inflate-ratio", "10"))
struct LimitTests {
    private func expectRefusal(_ limit: String, _ body: () async throws -> Void) async throws {
        let before = try await server.refusals(limit)
        try await body()
        #expect(try await server.refusals(limit) == before + 1, "the counter of \(limit)")
    }

    @Test("The request target", arguments: [(1_000, nil), (1_001, 414)] as [(Int, Int?)])
    func url(_ length: Int, _ refusal: Int?) async throws {
        let start = Native.entries(Fresh.store()) + "?prefix="
        let target = start + String(repeating: "k", count: length - start.utf8.count)
        guard let refusal else { return expectStatus(try await server.get(target), 200) }
        try await expectRefusal("url") {
            try expectError(try await server.get(target), refusal, code: "target_too_long")
        }
    }

    @Test("One header field, and all of them", arguments: [("x", 1_900, 1), ("x", 900, 6)])
    func headersWithin(_ name: String, _ size: Int, _ count: Int) async throws {
        var request = try server.request(.GET, "/healthz")
        for index in 0..<count {
            request.headers.add(name: "\(name)-\(index)", value: String(repeating: "v", count: size))
        }
        expectStatus(try await Wire.send(request, to: try server.port), 200)
    }

    @Test(
        "One header field, all of them, and their number beyond the limit",
        arguments: [(2_001, 1), (1_900, 4), (1, 30)])
    func headersBeyond(_ size: Int, _ count: Int) async throws {
        let before = try await server.refusals("header")
        var request = try server.request(.PUT, Netlify.edge(Fresh.store(), "k"), [:], .text("x"))
        for index in 0..<count { request.headers.add(name: "x-\(index)", value: String(repeating: "v", count: size)) }
        try expectError(try await Wire.send(request, to: try server.port), 431, code: "headers_too_large")
        expectStatus(try await server.get(request.target), 404)
        #expect(try await server.refusals("header") > before)
    }

    @Test("Levels of JSON, wherever JSON is read")
    func jsonDepth() async throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "{\"a\":", count: levels - 1) + "1" + String(repeating: "}", count: levels - 1)
        }
        let server = try server
        let run = ProgressRun(on: server), target = Native.entry(Fresh.store(), "k")
        let patch: KeyValuePairs<String, String> = ["content-type": "application/merge-patch+json"]
        expectStatus(try await run.append(nested(10)), 200)
        expectStatus(try await server.send(.PATCH, target, patch, .text(nested(10))), 201)
        try await expectRefusal("json_depth") {
            try expectError(try await run.append(nested(11)), 422, code: "not_json")
        }
        try await expectRefusal("json_depth") {
            try expectError(try await server.send(.PATCH, target, patch, .text(nested(11))), 422)
        }
        // However deep it goes: no stack is deep enough for a server without a limit.
        try await expectRefusal("json_depth") {
            try expectError(
                try await server.send(.PATCH, target, patch, .text(String(repeating: "[", count: 5_000_000))), 422)
        }
        #expect(try await run.read()["count"].int == 1)
        #expect(try await server.get(target).text == nested(10))
        try expectError(
            try await server.put(Native.entry(Fresh.store(), "k"), "x", ["larder-metadata": nested(11)]), 400)
    }

    @Test("A page of a list")
    func page() async throws {
        let store = Fresh.store()
        for key in 0..<7 { try requireStatus(try await server.put(Native.entry(store, "k\(key)"), "x"), 201) }
        #expect(try await server.get(Native.entries(store, "limit=5")).json["entries"].items.count == 5)
        // Unasked, and on the Netlify face, a page is as long as it may be.
        let first = try await server.get("/default/site:\(store)").json
        #expect(first["blobs"].items.count == 5)
        let second = try await server.get("/default/site:\(store)?cursor=\(try #require(first["next_cursor"].string))")
            .json
        #expect(second["blobs"].items.count == 2)
        #expect(try await server.get(Native.entries(store)).json["entries"].items.count == 5)
        try await expectRefusal("list_page") {
            try expectError(try await server.get(Native.entries(store, "limit=6")), 400)
        }
        try await expectRefusal("list_page") { try expectError(try await server.get("/v1/progress?limit=6"), 400) }
    }

    @Test("Event streams of one run, and in all")
    func followers() async throws {
        let server = try server
        let one = ProgressRun(on: server), other = ProgressRun(on: server)
        let joined = [OneShot<Bool>(), OneShot<Bool>(), OneShot<Bool>()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            func follow(_ run: ProgressRun, _ number: Int) {
                group.addTask {
                    try await server.follow(run.target) { stream in
                        let first = try await stream.nextEvent()
                        #expect(first?.event == "connected")
                        joined[number].fulfill(true)
                        let second = try await stream.nextEvent()
                        #expect(second?.event == "progress")
                    }
                }
            }
            follow(one, 0)
            follow(one, 1)
            for number in 0...1 { _ = await joined[number].wait() }
            try await expectRefusal("run_followers") {
                let refused = try await server.get(one.target, ["accept": "text/event-stream"])
                try expectError(refused, 503, code: "unavailable")
                #expect(refused.header("retry-after") != nil)
            }
            follow(other, 2)
            _ = await joined[2].wait()
            try await expectRefusal("followers") {
                try expectError(try await server.get("/v1/progress", ["accept": "text/event-stream"]), 503)
            }
            for run in [one, other] { try requireStatus(try await run.append("{\"n\":1}"), 200) }
            try await group.waitForAll()
        }
        // There is a place again.
        try await server.follow(one.target) { stream in
            let frame = try await stream.nextEvent()
            #expect(frame?.event == "connected")
        }
    }

    @Test("How far a gzip body inflates", arguments: [Face.edge, .native])
    func inflateRatio(_ face: Face) async throws {
        // 300 kB that do not pack, and zeros: 1 MiB and ten times the 300 kB may come of it.
        let target = face.target(Fresh.store(), "k")
        let within = Bytes.noise(300_000) + [UInt8](repeating: 0, count: 3_600_000)
        let put = try await server.put(target, try Bytes.gzip(within), ["content-encoding": "gzip"])
        expectStatus(put, face.created)
        let before = try await server.refusals("inflate_ratio")
        let beyond = within + [UInt8](repeating: 0, count: 500_000)
        let refused = try await server.put(target, try Bytes.gzip(beyond), ["content-encoding": "gzip"])
        try expectError(refused, 413, code: "entry_too_large")
        #expect(try await server.refusals("inflate_ratio") > before)
        let kept = try await server.get(target)
        #expect(kept.fingerprint == Fingerprint(within))
        #expect(kept.etag == put.etag)
        #expect(try await eventually { try server.incoming().isEmpty })
        // The same bytes as they are go through.
        expectStatus(try await server.put(target, beyond), 200)
    }

    @Test("Content over its store's rule is counted")
    func content() async throws {
        try await expectRefusal("content") {
            try expectError(
                try await server.put(Netlify.edge(Fresh.store("evals"), "k"), Bytes.noise(1_001)), 413,
                code: "entry_too_large")
        }
    }
}

@Suite("Limits as options", .ownServers)
struct LimitOptionTests {
    @Test(
        "A limit beyond its range, or none at all, is refused by its name",
        arguments: [
            ["--max-url", "1MB"], ["--max-url", "x"], ["--max-headers", "1"], ["--max-connections", "0"],
            ["--max-client-connections", "-1"],
            ["--head-timeout", "off"], ["--head-timeout", "0s"], ["--idle-timeout", "2h"], ["--min-rate", "0"],
            ["--rate-window", "off"],
            ["--max-uploads", "0"], ["--max-buffered", "1KB"], ["--max-inflate-ratio", "0"],
            ["--max-json-depth", "1000"], ["--max-page", "1001"],
            ["--max-followers", "0"],
            ["--max-run-followers", "0"], ["--trusted-proxy", "10.0.0.0/33"], ["--trusted-proxy", "proxy.example"],
        ])
    func refused(_ arguments: [String]) async throws {
        try await TemporaryFolder.with { folder in
            let outcome = try await Larder.run(
                ["serve", "--data", folder.appending("data"), "--port", "0"] + arguments, home: folder.path)
            #expect(outcome.ending == .exit(2), "\(outcome.errors)")
            #expect(outcome.errors.contains(arguments[0]), "\(outcome.errors)")
        }
    }

    @Test("Bodies being received at once; small ones always go through")
    func uploads() async throws {
        try await LarderProcess.with(["--max-uploads", "2"]) { server in try await uploads(server) }
    }

    private func uploads(_ server: LarderProcess) async throws {
        let port = try server.port, store = Fresh.store()
        let content = Bytes.noise(100_000)
        let head = { @Sendable (key: String) in
            try server.rawHead("PUT", Netlify.edge(store, key), "Content-Length: 100000")
        }
        try await RawSocket.with(port) { first in
            try await first.send(try head("first"))
            try await first.send(Array(content[..<50_000]))
            let answer = try await RawSocket.with(port) { second in
                try await second.send(
                    try server.rawHead("PUT", Netlify.edge(store, "second"), "Transfer-Encoding: chunked")
                        + "1\r\nx\r\n")
                #expect(
                    try await eventually { try await server.get("/metrics").text.contains("larder_uploads_open 2\n") })
                let before = try await server.refusals("uploads")
                let refused = try await server.put(Netlify.edge(store, "third"), content)
                try expectError(refused, 503, code: "unavailable")
                #expect(refused.header("retry-after") != nil)
                #expect(try await server.refusals("uploads") == before + 1)
                expectStatus(try await server.get(Netlify.edge(store, "third")), 404)
                expectStatus(try await server.put(Netlify.edge(store, "small"), Array(content[..<60_000])), 200)
                try await second.send("0\r\n\r\n")
                return try await second.readHead()
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            // The place of the one that ended is free for the next.
            expectStatus(try await server.put(Netlify.edge(store, "third"), content), 200)
            try await first.send(Array(content[50_000...]))
            #expect(try await first.readHead().hasPrefix("HTTP/1.1 200"))
        }
        // A client that leaves in the middle gives its place back too.
        for _ in 0..<4 {
            try await RawSocket.with(port) { try await $0.send(try head("cut")) }
        }
        #expect(try await eventually { try await server.get("/metrics").text.contains("larder_uploads_open 0\n") })
        #expect(try await server.get(Netlify.edge(store, "first")).fingerprint == Fingerprint(content))
        expectStatus(try await server.get(Netlify.edge(store, "cut")), 404)
    }

    @Test("The deepest JSON that can be allowed costs no stack too much")
    func deepest() async throws {
        try await LarderProcess.with(["--max-json-depth", "256"]) { server in
            let deep = String(repeating: "{\"a\":", count: 255) + "1" + String(repeating: "}", count: 255)
            let target = Native.entry("things", "k"),
                fields: KeyValuePairs<String, String> = ["content-type": "application/merge-patch+json"]
            for _ in 0..<2 { expectStatus(try await server.send(.PATCH, target, fields, .text(deep)), 200, 201) }
            #expect(try await server.get(target).text == deep)
            let memory = #"{"user_preferences":\#(deep)}"#
            expectStatus(try await server.send(.PATCH, "/v1/memory/p/preferences", fields, .text(deep)), 200, 422)
            expectStatus(
                try await server.send(.POST, "/v1/memory/p/runs", ["content-type": "application/json"], .text(memory)),
                200, 422)
            expectStatus(try await server.get("/healthz"), 200)
        }
    }
}

@Suite("Limits of connections", .ownServers)
struct ConnectionLimitTests {
    private static let health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test("Of one client: the next is told so and closed; other clients are not concerned")
    func ofOneClient() async throws {
        try await LarderProcess.with(["--max-client-connections", "3"]) { server in
            let port = try server.port
            var held: [HeldConnection] = []
            for _ in 0..<3 { held.append(try await HeldConnection.open(port, from: "127.0.0.2", Self.health)) }
            for connection in held { #expect(connection.answer.hasPrefix("HTTP/1.1 200"), "\(connection.answer)") }
            let refused = try await RawSocket.with(port, from: "127.0.0.2") { try await $0.readToEnd() }
            #expect(refused.hasPrefix("HTTP/1.1 429 "), "\(refused)")
            #expect(refused.contains("retry-after: "))
            #expect(refused.contains(#"{"error":{"code":"too_many_requests""#))
            // Asked from another address.
            #expect(try await server.refusals("client_connections") == 1)
            try await held[0].close()
            let isFree = try await eventually {
                let next = try await HeldConnection.open(port, from: "127.0.0.2", Self.health)
                try await next.close()
                return next.answer.hasPrefix("HTTP/1.1 200")
            }
            #expect(isFree)
            for connection in held.dropFirst() { try await connection.close() }
        }
    }

    @Test("In all: the next waits until one closes")
    func inAll() async throws {
        try await LarderProcess.with(["--max-connections", "2"]) { server in
            let port = try server.port
            let first = try await HeldConnection.open(port, Self.health),
                second = try await HeldConnection.open(port, Self.health)
            let isFree = OneShot<Bool>()
            async let third = {
                let connection = try await HeldConnection.open(port, Self.health)
                #expect(isFree.current == true, "it was answered while two others were open")
                return connection
            }()
            // Long enough for an answer that must not come.
            try await Task.sleep(for: .milliseconds(300))
            isFree.fulfill(true)
            try await first.close()
            #expect(try await third.answer.hasPrefix("HTTP/1.1 200"))
            try await second.close()
            try await third.close()
            #expect(try await server.refusals("connections") >= 1)
        }
    }
}
