import Foundation
import NIOHTTP1
import Testing

/// Issue 2, «Streaming»: limits while reading, cut and crooked uploads, `Expect: 100-continue`.
@Suite("Uploads", .server)
struct UploadTests {
    /// Nothing came of the upload: the key is as before, and no file waits.
    private func expectNothing(_ target: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(
            try await eventually { try server.incoming().isEmpty }, "an upload stays in incoming",
            sourceLocation: sourceLocation)
        expectStatus(try await server.get(target), 404, sourceLocation: sourceLocation)
    }

    // MARK: Limits

    @Test(
        "One byte over the rule's limit is 413 that names limit and rule; the old value stays",
        arguments: [Face.edge, .native])
    func overLimit(_ face: Face) async throws {
        let target = face.target(Fresh.store("evals"), "run-1/evaluation.json")
        let most = String(repeating: "x", count: 1_000)
        let put = try await server.put(target, most)
        try requireStatus(put, face.created)
        let refused = try await server.put(target, most + "x")
        try expectError(refused, 413, code: "entry_too_large")
        let message = try refused.json["error"]["message"].string ?? ""
        #expect(
            message.contains("1 KB") || message.contains("1KB") || message.contains("1000")
                || message.contains("1,000"), "\(message)")
        #expect(message.contains("**"), "the rule is not named: \(message)")
        let kept = try await server.get(target)
        #expect(kept.text == most)
        #expect(kept.etag == put.etag)
    }

    @Test("A signed upload has the same limit")
    func overLimitSigned() async throws {
        let store = Fresh.store("evals")
        let signed = try await server.send(.PUT, Netlify.api(store, "k"), ["accept": Netlify.signedURL])
        let target = try Netlify.target(of: signed, at: try server)
        try expectError(try await server.put(target, String(repeating: "x", count: 1_001), as: .nobody), 413)
        try await expectNothing(Netlify.edge(store, "k"))
    }

    @Test(
        "A Content-Length over the limit is refused before any of the body is sent", arguments: [Face.edge, .native],
        [false, true])
    func refusedByLength(_ face: Face, _ expectsContinue: Bool) async throws {
        let server = try server
        let target = face.target(Fresh.store("runs"), "film")
        let fields = ["Content-Length: 10000001"] + (expectsContinue ? ["Expect: 100-continue"] : [])
        let head = try await RawSocket.with(try server.port, within: .seconds(10)) { socket in
            try await socket.send(try server.rawHead("PUT", target, fields.joined(separator: "\r\n")))
            return try await socket.readHead()
        }
        #expect(head.hasPrefix("HTTP/1.1 413"), "\(head)")
        try await expectNothing(target)
    }

    @Test("A chunked body without end is refused once it passes the limit", arguments: [Face.edge, .native])
    func refusedWhileReading(_ face: Face) async throws {
        let target = face.target(Fresh.store("runs"), "film")
        let reply = try await server.send(.PUT, target, [:], .endless(Bytes.noise(100_000)))
        try expectError(reply, 413, code: "entry_too_large")
        try await expectNothing(target)
    }

    @Test("A chunked body within the limit is stored whole", arguments: [Face.edge, .native])
    func chunked(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "k")
        let chunks = [
            Bytes.noise(1), Bytes.noise(70_000, seed: 2), Bytes.noise(30, seed: 3), Bytes.noise(200_000, seed: 4),
        ]
        let reply = try await server.send(.PUT, target, [:], .chunked(chunks))
        expectStatus(reply, face.created)
        #expect(try await server.get(target).fingerprint == Fingerprint(chunks.joined()))
        let empty = try await server.send(.PUT, target, [:], .chunked([]))
        expectStatus(empty, 200)
        #expect(try await server.get(target).body.isEmpty)
    }

    // MARK: Cut and crooked

    @Test("An upload cut short leaves nothing behind", arguments: [Face.edge, .native], [0, 1, 500, 150_000])
    func cut(_ face: Face, _ sent: Int) async throws {
        let server = try server
        let target = face.target(Fresh.store(), "k")
        try await RawSocket.with(try server.port) { socket in
            try await socket.send(try server.rawHead("PUT", target, "Content-Length: 200000"))
            if sent > 0 { try await socket.send(Bytes.noise(sent)) }
        }
        try await expectNothing(target)
    }

    @Test(
        "An upload whose sender stops in the middle is no entry",
        arguments: [
            "5\r\nhello\r\n", "5\r\nhel", "ffff\r\nhello",
        ])
    func cutChunked(_ body: String) async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        let answer = try await RawSocket.with(try server.port) { socket in
            try await socket.send(try server.rawHead("PUT", target, "Transfer-Encoding: chunked") + body)
            socket.finish()
            return try await socket.readHead()
        }
        #expect(!answer.hasPrefix("HTTP/1.1 2"), "\(answer)")
        try await expectNothing(target)
    }

    @Test("A cut upload over an entry leaves the old one", arguments: [10, 300_000])
    func cutOver(_ size: Int) async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        let put = try await server.put(target, "old", ["x-amz-meta-user": Netlify.metadata(#"{"v":1}"#)])
        try await RawSocket.with(try server.port) { socket in
            try await socket.send(try server.rawHead("PUT", target, "Content-Length: \(size)"))
            try await socket.send(Bytes.noise(size - 1))
        }
        #expect(try await eventually { try server.incoming().isEmpty })
        let kept = try await server.get(target)
        #expect(kept.text == "old")
        #expect(kept.etag == put.etag)
    }

    @Test("What comes after Content-Length is no part of the entry")
    func longerThanSaid() async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        let answer = try await RawSocket.with(try server.port) { socket in
            try await socket.send(try server.rawHead("PUT", target, "Content-Length: 5") + "helloworld\r\n\r\n")
            return try await socket.readHead()
        }
        // The garbage may cost the connection before the answer is out; a 2xx may not lie.
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 200") || answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
        let stored = try await server.get(target)
        #expect(stored.text == "hello" || (stored.status == 404 && !answer.hasPrefix("HTTP/1.1 2")), "\(stored)")
    }

    @Test("Requests sent in one go are answered in their order, whatever way each takes inside")
    func pipelined() async throws {
        let server = try server
        let store = Fresh.store()
        let small = Netlify.edge(store, "small")
        let large = Netlify.edge(store, "large")
        let content = String(decoding: Bytes.prose(120_000), as: UTF8.self)
        let requests = [
            (try server.rawHead("PUT", small, "Content-Length: 5") + "first", "200"),
            (try server.rawHead("GET", small), "200"),
            (try server.rawHead("PUT", large, "Content-Length: \(content.utf8.count)") + content, "200"),
            (try server.rawHead("HEAD", large), "200"),
            (try server.rawHead("PUT", small, "Content-Length: 6") + "second", "200"),
            (try server.rawHead("GET", small), "200"),
            (try server.rawHead("GET", Native.entry(store, "missing")), "404"),
            (try server.rawHead("DELETE", small), "204"),
            (try server.rawHead("GET", small), "404"),
            (try server.rawHead("GET", "/healthz", "Connection: close"), "200"),
        ]
        for _ in 0..<5 {
            let answers = try await RawSocket.with(try server.port) { socket in
                try await socket.send(requests.map(\.0).joined())
                return try await socket.readToEnd()
            }
            let statuses = answers.matches(of: /HTTP\/1\.1 ([0-9]{3})/).map { String($0.1) }
            #expect(statuses == requests.map(\.1))
            let bodies = answers.components(separatedBy: "\r\n\r\n").map { $0.prefix(6) }
            #expect(bodies.contains { $0.hasPrefix("firstH") } && bodies.contains("second"), "\(answers.prefix(2_000))")
        }
        #expect(try await server.get(large).text == content)
    }

    @Test(
        "A request that two readers could read differently smuggles nothing in",
        arguments: [
            "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 0",
            "Transfer-Encoding: chunked, identity", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked",
            "Content-Length: +5",
            "Content-Length: 0x5",
            "Content-Length: -1", "Content-Length: 5, 6",
        ])
    func smuggling(_ fields: String) async throws {
        let server = try server
        let store = Fresh.store()
        let smuggled = try server.rawHead("PUT", Netlify.edge(store, "smuggled"), "Content-Length: 1") + "x"
        let answers = try await RawSocket.with(try server.port) { socket in
            try await socket.send(
                try server.rawHead("PUT", Netlify.edge(store, "outer"), fields) + "0\r\n\r\n" + smuggled)
            socket.finish()
            return try await socket.readToEnd()
        }
        expectStatus(try await server.get(Netlify.edge(store, "smuggled")), 404)
        #expect(answers.components(separatedBy: "HTTP/1.1 2").count <= 2, "\(answers)")
        #expect(!answers.contains("HTTP/1.1 500"), "\(answers)")
    }

    @Test(
        "A broken chunk is 400 and no entry",
        arguments: ["zz\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "fffffffffffffffff\r\nx"])
    func brokenChunk(_ body: String) async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        let answer = try await RawSocket.with(try server.port) { socket in
            try await socket.send(try server.rawHead("PUT", target, "Transfer-Encoding: chunked") + body)
            return try await socket.readHead()
        }
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
        try await expectNothing(target)
    }

    @Test("A body that comes byte by byte is whole in the end")
    func slowBody() async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        let content = Bytes.prose(300)
        let answer = try await RawSocket.with(try server.port) { socket in
            try await socket.send(try server.rawHead("PUT", target, "Content-Length: \(content.count)"))
            for byte in content { try await socket.send([byte]) }
            return try await socket.readHead()
        }
        #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        #expect(try await server.get(target).fingerprint == Fingerprint(content))
    }

    // MARK: Expect: 100-continue

    @Test("Expect: 100-continue is answered before the body comes", arguments: [Face.edge, .native])
    func expectContinue(_ face: Face) async throws {
        let server = try server
        let target = face.target(Fresh.store(), "k")
        let content = Bytes.noise(100_000)
        // The body waits for the 100: a server that never sends it fails here.
        let (first, second) = try await RawSocket.with(try server.port) { socket in
            try await socket.send(
                try server.rawHead("PUT", target, "Content-Length: \(content.count)\r\nExpect: 100-continue"))
            let first = try await socket.readHead()
            try await socket.send(content)
            return (first, try await socket.readHead())
        }
        #expect(first.hasPrefix("HTTP/1.1 100"), "\(first)")
        #expect(second.hasPrefix("HTTP/1.1 \(face.created)"), "\(second)")
        #expect(try await server.get(target).fingerprint == Fingerprint(content))
    }

    @Test("Who may not write is told so instead of being asked for the body")
    func expectContinueRefused() async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), "k")
        let port = try server.port
        let head = try await RawSocket.with(port) { socket in
            try await socket.send(
                "PUT \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n"
            )
            return try await socket.readHead()
        }
        #expect(head.hasPrefix("HTTP/1.1 403"), "\(head)")
    }

    // MARK: Heads

    @Test("A URL that is too long is 414 or 431, and the server lives on")
    func longURL() async throws {
        let server = try server
        let target = Netlify.edge(Fresh.store(), String(repeating: "k", count: 200_000))
        let head = try await RawSocket.with(try server.port) { socket in
            try? await socket.send(try server.rawHead("GET", target))
            return try await socket.readHead()
        }
        #expect(head.hasPrefix("HTTP/1.1 414") || head.hasPrefix("HTTP/1.1 431"), "\(head.prefix(300))")
        expectStatus(try await server.get("/healthz"), 200)
    }

    @Test("A header that is too long is 431, and the server lives on")
    func longHeader() async throws {
        let server = try server
        let head = try await RawSocket.with(try server.port) { socket in
            try? await socket.send(
                try server.rawHead("GET", "/healthz", "X-Long: " + String(repeating: "v", count: 200_000)))
            return try await socket.readHead()
        }
        #expect(head.hasPrefix("HTTP/1.1 431"), "\(head.prefix(300))")
        expectStatus(try await server.get("/healthz"), 200)
    }

    @Test(
        "What is no HTTP is refused, and the server lives on",
        arguments: [
            "\r\n\r\n\r\n", "HELLO\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{A5}",
            "GET  /x HTTP/1.1\r\n\r\n",
        ])
    func noHTTP(_ text: String) async throws {
        let server = try server
        let answer = try await RawSocket.with(try server.port) { socket in
            try await socket.send(text)
            socket.finish()
            return try await socket.readToEnd()
        }
        #expect(
            answer.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 5")
                || answer.hasPrefix("HTTP/1.0 4"), "\(answer)")
        expectStatus(try await server.get("/healthz"), 200)
    }
}
