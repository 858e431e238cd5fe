import Access
import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("Origins that may read")
struct CORSOriginsTests {
    @Test(
        "are written as browsers write them",
        arguments: [
            ("https://app.example", "https://app.example"), ("HTTPS://App.Example", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"), ("https://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"), ("https://app.example:80", "https://app.example:80"),
            ("http://127.0.0.1:5173", "http://127.0.0.1:5173"), ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[::1]", "http://[::1]"),
        ])
    func origin(text: String, expected: String) throws { #expect(try CORSOrigins([text]).origins == [expected]) }

    @Test(
        "are exact: what is none, or stands for many, is refused",
        arguments: [
            "*", "", "null", "app.example", "https://", "https://*", "https://*.example", "https://app.example/",
            "https://app.example/x",
            "https://a.example?x", "https://u@a.example", "https://a.example:", "https://a.example:0",
            "https://a.example:65536",
            "https://a.example:+1", "https://a.example:08", "ftp://a.example", "file://", "https://a b", "https://a\nb",
            "https://[::1",
            "https://a,b",
        ])
    func refused(text: String) {
        let error = #expect(throws: LarderError.self) { try CORSOrigins(["https://good.example", text]) }
        #expect(error?.code == .malformedRequest)
        #expect(error?.message.contains("--cors-origin") == true)
    }
}

@Suite("A server open to all")
struct OpenServerGuardTests {
    private func isAllowed(_ fields: [(String, String)], _ origins: CORSOrigins = .none) -> Bool {
        (try? OpenServerGuard.check(request(.GET, "/v1/stores", fields), CORS(origins: origins))) != nil
    }

    @Test(
        "answers programs, and pages of this machine",
        arguments: [
            [], [("host", "127.0.0.1:7373")], [("host", "localhost")], [("host", "LOCALHOST:1")],
            [("host", "[::1]:7373")], [("host", "127.1.2.3")],
            [("host", "larder.localhost:7373")], [("origin", "http://localhost:3000")],
            [("origin", "https://127.0.0.1")],
            [("origin", "http://[::1]:1"), ("sec-fetch-site", "same-site")], [("sec-fetch-site", "none")],
        ] as [[(String, String)]])
    func allowed(fields: [(String, String)]) { #expect(isAllowed(fields)) }

    @Test(
        "turns away other pages, and names that are not this machine's",
        arguments: [
            [("host", "evil.example")], [("host", "evil.example:7373")], [("host", "localhost.evil.example")],
            [("host", "127.0.0.1.evil.example")],
            [("host", "127.0.0")], [("host", "127.0.0.256")], [("host", "[::2]")], [("host", "192.168.0.1")],
            [("host", "")],
            [("origin", "https://evil.example")], [("origin", "null")], [("origin", "https://localhost.evil.example")],
            [("sec-fetch-site", "cross-site")],
        ] as [[(String, String)]])
    func refused(fields: [(String, String)]) { #expect(!isAllowed(fields)) }

    @Test("answers pages of the origins that it was told")
    func configured() throws {
        let origins = try CORSOrigins(["https://app.example"])
        let fields = [("origin", "https://app.example"), ("sec-fetch-site", "cross-site")]
        #expect(isAllowed(fields, origins))
        #expect(!isAllowed(fields + [("host", "evil.example")], origins))
        #expect(!isAllowed([("origin", "https://app.example.evil.example")], origins))
    }
}

@Suite("The fast path beside the slow one")
struct FastPathFieldsTests {
    @Test(
        "adds the same fields for pages of other origins",
        arguments: ["https://app.example", "https://evil.example", nil])
    func cors(origin: String?) async throws {
        try await Bench.with(cors: try CORSOrigins(["https://app.example"])) { bench async throws in
            try await bench.store.put(name("small"), "x".bytes)
            let fields = origin.map { [("origin", $0)] } ?? []
            for (made, body) in [
                (head(.GET, "/v1/stores/runs/entries/small", fields), ""),
                (head(.PUT, "/v1/stores/runs/entries/new", fields + [("content-length", "1")]), "x"),
            ] {
                let quick = try #require(try await bench.quick(made, body.bytes))
                let slow = try await bench.slow(made, body.bytes)
                for field in ["access-control-allow-origin", "access-control-expose-headers"] {
                    #expect(quick.field(field) == slow.field(field))
                }
                #expect(quick.field("access-control-allow-origin") == (origin == "https://app.example" ? origin : nil))
                #expect(quick.field("access-control-allow-credentials") == nil)
                #expect(quick.fields.contains("vary: Origin") && slow.fields.contains("vary: Origin"))
            }
            let edge = try #require(try await bench.quick(head(.GET, "/default/runs/small", fields)))
            #expect(edge.field("access-control-allow-origin") == nil && edge.field("vary") == nil)
        }
    }

    @Test("takes from the same bucket, and leaves refusals to the task")
    func rate() async throws {
        try await Bench.with(limit: RateLimit(requestsPerSecond: 3)) { bench async throws in
            let secret = "limited"
            bench.context.authenticator.add(
                Token(
                    id: "t", scopes: [.read, .write], site: nil, stores: nil, note: "", createdAt: bench.clock.now,
                    expiresAt: nil,
                    hash: Authenticator.hash(secret)))
            try await bench.store.put(name("small"), "x".bytes)
            let get = head(.GET, "/default/runs/small", token: secret)
            let put = head(.PUT, "/default/runs/small", [("content-length", "1")], token: secret)
            // Six at once: two seconds' worth. The clock of the bucket is the machine's, so a slow machine may earn
            // some back meanwhile.
            var answered = 0, isRefused = false
            while answered < 1_000, !isRefused {
                while try await bench.quick(get) != nil, answered < 1_000 { answered += 1 }
                isRefused = try await bench.quick(put, "y".bytes) == nil
            }
            #expect(answered >= 6 && isRefused)
            let slow = try await bench.slow(get)
            if slow.status == 429 {
                #expect(slow.field("x-ratelimit-limit") == "3" && slow.field("retry-after") == "1")
            } else {
                #expect(slow.status == 200)
            }
            #expect(try await bench.quick(head(.GET, "/default/runs/small")) != nil)
        }
    }
}

@Suite("A line of the log")
struct TextLogHandlerTests {
    @Test(
        "is one line, whatever it holds",
        arguments: [
            ("plain é 🎬", "plain é 🎬"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("\u{1b}[2J", "\\u{1B}[2J"),
            ("\u{0}", "\\0"),
            ("\u{85}", "\\u{0085}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{202e}txt", "\\u{202E}txt"),
            ("\u{7f}", "\\u{7F}"),
        ])
    func escaped(text: String, expected: String) {
        #expect(String(decoding: TextLogHandler.escaped(text), as: UTF8.self) == expected)
    }
}
