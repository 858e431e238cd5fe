import NIOHTTP1
import Testing

/// Fields whose bytes are no UTF-8 (fetch sends U+0080 to U+00FF as one byte each) are refused, never read as U+FFFD.
@Suite("Strangers: header text that is no UTF-8", .server)
struct HeaderTextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let method: String
        /// With `{s}` for a store and `{r}` for a run.
        let target: String
        let start: String
        var end = ""
        let body: String
        var testDescription: String { "\(method) \(target) \(start)" }
    }

    static let rows = [
        Row(method: "POST", target: "/v1/progress/p/{r}", start: "Idempotency-Key: caf", body: #"{"n":1}"#),
        Row(
            method: "PUT", target: "/v1/stores/{s}/entries/k", start: #"Larder-Metadata: {"n":"caf"#, end: #""}"#,
            body: "x"),
        Row(method: "PUT", target: "/v1/stores/{s}/entries/k", start: "Content-Type: text/plain; x=caf", body: "x"),
        Row(method: "PUT", target: "/default/site:{s}/k", start: "Content-Type: text/plain; x=caf", body: "x"),
    ]

    /// Latin-1, a continuation alone, an overlong form, a surrogate, beyond U+10FFFF.
    static let bad: [[UInt8]] = [[0xE9], [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]]

    @Test("It is 400, says how to escape, and nothing is stored", arguments: rows, bad)
    func refused(_ row: Row, _ bad: [UInt8]) async throws {
        let server = try server
        let target = row.target.replacing("{s}", with: Fresh.store()).replacing("{r}", with: Fresh.name("run-"))
        let line = bytes(row.start) + bad + bytes(row.end)
        let reply = try await server.exchange(
            row.method, target, [line, bytes("Content-Length: \(row.body.utf8.count)")], bytes(row.body))
        #expect(reply.status == 400, "\(reply)")
        #expect(reply.text.contains("UTF-8"), "\(reply)")
        expectStatus(try await server.get(target, ["accept": "application/json"]), 404)
    }

    @Test("Keys that differ in such bytes only are not one key")
    func keys() async throws {
        let run = ProgressRun(on: try server)
        for (number, byte) in [UInt8(0xE9), 0xE8].enumerated() {
            let body = bytes(#"{"n":\#(number)}"#)
            let reply = try await server.exchange(
                "POST", run.target, [bytes("Idempotency-Key: caf", byte), bytes("Content-Length: \(body.count)")], body)
            // Either refused, or an append of its own: what was answered with 200 is there.
            let stored = try await server.get(run.target, ["accept": "application/json"]).text
            #expect(reply.status != 200 || stored.contains("\"n\":\(number)"), "\(reply) but \(stored)")
        }
    }

    @Test("What is UTF-8, or escaped, is taken as ever")
    func whole() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        for key in ["caf\u{E9}", "cafe\u{301}", "caf\u{E8}", "caf\u{E9}"] {
            expectStatus(try await run.append(#"{"n":1}"#, ["idempotency-key": key]), 200)
        }
        #expect(try await run.read()["count"] == 3)
        for json in [#"{"n":"café"}"#, #"{"n":"caf\u00e9"}"#] {
            let target = Native.entry(Fresh.store(), "k")
            expectStatus(try await server.put(target, "x", ["larder-metadata": json]), 201)
            let metadata = try await server.head(target).header("larder-metadata")
            #expect(metadata == #"{"n":"caf\u00e9"}"#)
        }
    }
}

/// RFC 9110 §5.5: blanks around a field's value are no part of it.
@Suite("Strangers: blanks behind a field's value", .server)
struct FieldBlankTests {
    static let blanks = [" ", "\t", " \t "]
    private static let long = "Sun, 06 Nov 1994 08:49:37 GMT"

    @Test("Authorization", arguments: blanks)
    func authorization(_ blank: String) async throws {
        let reply = try await server.get("/v1/stores", as: .authorization("Bearer \(try server.token)\(blank)"))
        expectStatus(reply, 200)
    }

    @Test("If-Unmodified-Since still protects, If-Modified-Since and If-Range still save a transfer", arguments: blanks)
    func dates(_ blank: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        let etag = try #require(try await server.put(target, "0123456789").etag)
        try expectError(try await server.put(target, "new", ["if-unmodified-since": Self.long + blank]), 412)
        #expect(try await server.get(target).text == "0123456789")
        let date = try #require(try await server.head(target).header("last-modified"))
        expectStatus(try await server.get(target, ["if-modified-since": date + blank]), 304)
        let part = try await server.get(target, ["range": "bytes=2-3" + blank, "if-range": etag + blank])
        expectStatus(part, 206)
        #expect(part.text == "23")
    }

    @Test("Idempotency-Key: with and without them it is one key", arguments: blanks)
    func idempotencyKey(_ blank: String) async throws {
        let run = ProgressRun(on: try server)
        for key in ["k", "k" + blank, " k" + blank] {
            let reply = try await run.append(#"{"n":1}"#, ["idempotency-key": key])
            expectStatus(reply, 200)
            #expect(try reply.json == ["first": 1, "last": 1, "count": 1])
        }
        #expect(try await run.numbers() == [1])
    }

    @Test("Last-Event-ID resumes", arguments: blanks)
    func lastEventID(_ blank: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...3)
        try await server.follow(run.target, ["last-event-id": "2" + blank, "accept": "text/event-stream" + blank]) {
            stream in
            expectStatus(stream.head, 200)
            let (first, second) = (try await stream.nextEvent(), try await stream.nextEvent())
            #expect(first?.event == "connected")
            #expect(second?.id == "3")
        }
    }

    @Test("What a write says of its entry, on both faces", arguments: blanks)
    func writes(_ blank: String) async throws {
        let server = try server
        let store = Fresh.store()
        let plain = Bytes.prose(5_000)
        let native = try await server.put(
            Native.entry(store, "k"), try Bytes.gzip(plain),
            [
                "larder-ttl": "24h" + blank, "content-encoding": "gzip" + blank, "content-type": "text/plain" + blank,
                "larder-metadata": #"{"a":1}"# + blank,
            ])
        expectStatus(native, 201)
        #expect(try native.json["expiresAt"].string != nil)
        #expect(try native.json["contentType"] == "text/plain")
        let read = try await server.get(Native.entry(store, "k"))
        #expect(read.fingerprint == Fingerprint(plain))
        #expect(read.header("content-type") == "text/plain")
        let edge = try await server.put(
            Netlify.edge(store, "e"), "x",
            ["content-type": "text/plain" + blank, "x-amz-meta-user": Netlify.metadata(#"{"a":1}"#) + blank])
        expectStatus(edge, 200)
        let back = try await server.get(Netlify.edge(store, "e"))
        #expect(back.header("content-type") == "text/plain")
        #expect(try Netlify.metadata(of: back) == ["a": 1])
    }

    @Test("Expect: 100-continue is answered", arguments: blanks)
    func expect(_ blank: String) async throws {
        let server = try server
        let target = Native.entry(Fresh.store(), "k")
        let head = try server.rawHead("PUT", target, "Content-Length: 3", "Expect: 100-continue" + blank)
        let answers = try await RawSocket.with(try server.port, within: .seconds(10)) { socket in
            try await socket.send(head)
            let first = try await socket.readHead()
            try await socket.send("abc")
            return [first, try await socket.readHead()]
        }
        #expect(answers.first?.hasPrefix("HTTP/1.1 100") == true, "\(answers)")
        #expect(answers.last?.hasPrefix("HTTP/1.1 201") == true, "\(answers)")
    }

    @Test(
        "Content-Length and Transfer-Encoding are read, or refused with nothing stored",
        arguments: ["Content-Length: 3{b}", "Transfer-Encoding: chunked{b}"], blanks)
    func framing(_ field: String, _ blank: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        let body = field.hasPrefix("T") ? "3\r\nabc\r\n0\r\n\r\n" : "abc"
        let reply = try await server.exchange("PUT", target, [bytes(field.replacing("{b}", with: blank))], bytes(body))
        // The HTTP parser itself refuses a tab here, before anybody can read it in two ways.
        #expect(blank == " " ? reply.status == 201 : [201, 400].contains(reply.status), "\(reply)")
        let stored = try await server.get(target)
        #expect(reply.status == 201 ? stored.text == "abc" : stored.status == 404, "\(stored)")
    }
}

/// RFC 9110 §14.5: who can't store a part refuses it; a part taken for the whole would be its loss.
@Suite("Strangers: Content-Range on a write", .server)
struct ContentRangeTests {
    static let values = ["bytes 3-5/6", "bytes 2-3/6", "bytes */6", "bytes 0-5/6", "lines 1-2/3", "garbage", ""]
    static let ways = ["native", "edge", "region", "signed", "patch", "log"]

    @Test("It is 400 and the old value stays, whatever it says, on every way to write", arguments: ways, values)
    func refused(_ way: String, _ value: String) async throws {
        let server = try server
        let store = Fresh.store(way == "log" ? "progress" : "things")
        let run = ProgressRun(on: server)
        let key = way == "log" ? run.key : "k"
        let old = way == "log" ? #"[{"n":1}]"# : #"{"old":true}"#
        let target =
            switch way {
            case "edge", "log": Netlify.edge(store, key)
            case "region": Netlify.region(store, key)
            case "signed":
                Netlify.edge(store, key) + "?" + (try await server.signedQuery(Netlify.edge(store, key), "method=PUT"))
            default: Native.entry(store, key)
            }
        expectStatus(try await server.put(Native.entry(store, key), old), 201)
        let reply = try await server.send(
            way == "patch" ? .PATCH : .PUT, target,
            ["content-range": value, "content-type": "application/json"],
            .text(way == "log" ? #"[{"n":2}]"# : #"{"new":true}"#), as: way == "signed" ? .nobody : .admin)
        try expectError(reply, 400)
        #expect(try await server.get(Native.entry(store, key)).text == old)
    }

    @Test("Large content stays, too", arguments: [Face.edge, .native])
    func large(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "k")
        let old = Bytes.noise(200_000)
        expectStatus(try await server.put(target, old), face.created)
        try expectError(try await server.put(target, Array(old[..<2]), ["content-range": "bytes 0-1/200000"]), 400)
        try expectError(try await server.put(target, old, ["content-range": "bytes 0-199999/200000"]), 400)
        #expect(try await server.get(target).fingerprint == Fingerprint(old))
    }
}

/// RFC 9112 §3.2.
@Suite("Strangers: Host", .server)
struct HostTests {
    @Test(
        "A request of HTTP/1.1 with no Host, two of them, or one that can't be, is 400",
        arguments: [[], ["a", "b"], ["a", "a"], ["a b"], ["a/b"], ["a?b"], ["user@a"], ["a, b"]])
    func refused(_ hosts: [String]) async throws {
        for target in ["/healthz", "/v1/stores"] {
            let reply = try await server.exchange("GET", target, hosts: hosts)
            #expect(reply.status == 400, "\(hosts): \(reply)")
        }
    }

    @Test("One is right, with a port or without, and HTTP/1.0 needs none", arguments: ["a", "a:7373", "[::1]:7373"])
    func taken(_ host: String) async throws {
        #expect(try await server.exchange("GET", "/healthz", hosts: [host]).status == 200)
        #expect(try await server.exchange("GET", "/healthz", version: "HTTP/1.0", hosts: []).status == 200)
    }
}

@Suite("Strangers: long content types", .server)
struct ContentTypeLengthTests {
    private static func type(_ size: Int) -> String {
        let start = "application/ld+json; profile=\""
        return start + String(repeating: "p", count: size - start.utf8.count - 1) + "\""
    }

    @Test("255 bytes are kept, 256 are 400 and store nothing", arguments: Face.allCases)
    func bound(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "k")
        try expectError(try await server.put(target, "{}", ["content-type": Self.type(256)]), 400)
        expectStatus(try await server.get(target), 404)
        expectStatus(try await server.put(target, "{}", ["content-type": Self.type(255)]), face.created)
        #expect(try await server.get(target).header("content-type") == Self.type(255))
        try expectError(try await server.put(target, "new", ["content-type": Self.type(256)]), 400)
        #expect(try await server.get(target).text == "{}")
    }
}

/// Decision D.
@Suite("Strangers: what pages of other origins may see", .server("--cors-origin", "https://app.example"))
struct ExposedFieldTests {
    @Test(
        "Every field that an answer's reader needs is exposed to a named origin",
        arguments: ["/v1/stores/{s}/entries/k", "/.netlify/blobs/{s}/k"])
    func exposed(_ template: String) async throws {
        let store = Fresh.store()
        try requireStatus(try await server.put(Native.entry(store, "k"), "0123456789"), 201)
        let path = template.replacing("{s}", with: store)
        let target = path + "?" + (try await server.signedQuery(path))
        let reply = try await server.get(
            target, ["origin": "https://app.example", "range": "bytes=0-1"], as: .nobody)
        expectStatus(reply, 206)
        let exposed = Set(
            (reply.header("access-control-expose-headers") ?? "").lowercased().split(separator: ",").map {
                $0.filter { $0 != " " }
            })
        for name in ["accept-ranges", "content-encoding", "content-range", "etag", "last-modified"] {
            #expect(exposed.contains(name), "\(name) is not in \(exposed)")
        }
        // Our own fields, and those that are never hidden.
        for (name, _) in reply.headers where name.lowercased().hasPrefix("larder-") {
            #expect(exposed.contains(name.lowercased()), "\(name) is not in \(exposed)")
        }
    }
}
