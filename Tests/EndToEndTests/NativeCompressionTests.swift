import Testing

/// Contract 4.2: gzip on the way in and on the way out; contract 3: gzip at rest by policy.
@Suite("Compression", .server)
struct NativeCompressionTests {
    private func entry(_ store: String) async throws -> JSON {
        try await server.get(Native.entries(store)).json["entries"][0]
    }

    @Test(
        "Text is kept as gzip, media is not",
        arguments: [
            ("things", "text/plain", "gzip"), ("things", "application/json", "gzip"), ("runs", "text/plain", "gzip"),
        ])
    func textIsCompressed(_ ending: String, _ type: String, _ encoding: String) async throws {
        let store = Fresh.store(ending)
        // Content of its own: an object stays in the form of its first write, whichever store that was in.
        let content = Bytes.prose(200_000) + Array(store.utf8)
        let put = try await server.put(Native.entry(store, "k"), content, ["content-type": type])
        #expect(try put.json["encoding"].string == encoding)
        #expect((try put.json["storedSize"].int ?? .max) < content.count / 4)
        #expect(try put.json["size"].int == content.count)
        #expect(try await server.get(Native.entry(store, "k")).fingerprint == Fingerprint(content))
    }

    @Test(
        "What is compressed already, or lies in a store that never compresses, is kept as it is",
        arguments: [
            ("things", "image/jpeg", Content.noise(200_000)),
            ("things", "application/octet-stream", Content.noise(200_000)),
            ("things", "video/mp4", Content.noise(200_000)),
            ("videos", "text/plain", Content.prose(200_000)), ("audio", "text/plain", Content.prose(200_000)),
        ])
    func mediaIsNot(_ ending: String, _ type: String, _ made: Content) async throws {
        let store = Fresh.store(ending)
        let content = made.bytes + Array(store.utf8)
        let put = try await server.put(Native.entry(store, "k"), content, ["content-type": type])
        #expect(try put.json["encoding"] == "identity")
        #expect(try put.json["storedSize"].int == content.count)
        #expect(try await server.get(Native.entry(store, "k")).fingerprint == Fingerprint(content))
    }

    @Test("A client that takes gzip gets it, one that doesn't gets the plain bytes", arguments: [Face.edge, .native])
    func acceptEncoding(_ face: Face) async throws {
        let store = Fresh.store()
        let target = face.target(store, "k")
        let content = Bytes.prose(300_000)
        let put = try await server.put(target, content, ["content-type": "text/plain"])
        let plain = try await server.get(target)
        #expect(plain.header("content-encoding") == nil)
        #expect(plain.fingerprint == Fingerprint(content))
        #expect(plain.etag == put.etag)

        let coded = try await server.get(target, ["accept-encoding": "gzip"])
        expectStatus(coded, 200)
        #expect(coded.header("content-encoding") == "gzip")
        #expect(try Bytes.gunzip(coded.body).fingerprint == Fingerprint(content))
        #expect(coded.body.count < content.count / 4)
        // One ETag for two codings is fine only with Vary on both (contract §4).
        if coded.etag == plain.etag {
            #expect(coded.header("vary")?.lowercased().contains("accept-encoding") == true)
            #expect(plain.header("vary")?.lowercased().contains("accept-encoding") == true)
        }
        let head = try await server.head(target, ["accept-encoding": "gzip"])
        #expect(head.header("content-encoding") == "gzip")
        #expect(head.header("content-length") == coded.header("content-length"))
        #expect(head.etag == coded.etag)
    }

    @Test(
        "What a client says it can't read it doesn't get",
        arguments: ["identity", "gzip;q=0", "br", "deflate, gzip;q=0.0", ""])
    func notAccepted(_ value: String) async throws {
        let target = Native.entry(Fresh.store(), "k")
        let content = Bytes.prose(100_000)
        try requireStatus(try await server.put(target, content, ["content-type": "text/plain"]), 201)
        let reply = try await server.get(target, ["accept-encoding": value])
        #expect(reply.header("content-encoding") == nil)
        #expect(reply.fingerprint == Fingerprint(content))
    }

    @Test("The stored gzip goes out untouched", arguments: ["gzip", "gzip, deflate, br", "x-gzip;q=0.1, GZIP;q=0.5"])
    func untouched(_ value: String) async throws {
        let store = Fresh.store()
        let content = Bytes.prose(100_000)
        let put = try await server.put(Native.entry(store, "k"), content, ["content-type": "text/plain"])
        let reply = try await server.get(Native.entry(store, "k"), ["accept-encoding": value])
        #expect(reply.header("content-encoding") == "gzip")
        #expect(reply.body.count == (try put.json["storedSize"].int))
        #expect(try Bytes.gunzip(reply.body).fingerprint == Fingerprint(content))
    }

    @Test("An ETag from either coding is taken back in conditions", arguments: [Face.edge, .native])
    func etagsOfBothCodings(_ face: Face) async throws {
        let target = face.target(Fresh.store(), "k")
        try requireStatus(
            try await server.put(target, Bytes.prose(100_000), ["content-type": "text/plain"]), face.created)
        for coding in ["gzip", "identity"] {
            let etag = try #require(try await server.get(target, ["accept-encoding": coding]).etag)
            for asked in ["gzip", "identity"] {
                expectStatus(try await server.get(target, ["if-none-match": etag, "accept-encoding": asked]), 304)
            }
            expectStatus(
                try await server.put(target, Bytes.prose(100_001), ["content-type": "text/plain", "if-match": etag]),
                200)
            try requireStatus(try await server.put(target, Bytes.prose(100_000), ["content-type": "text/plain"]), 200)
        }
    }

    @Test(
        "A gzip upload is inflated: size, digest and content are of the plain bytes",
        arguments: [Content.prose(300_000), .noise(100_000), .noise(1), .noise(0)])
    func gzipUpload(_ made: Content) async throws {
        let content = made.bytes
        let store = Fresh.store()
        let put = try await server.put(
            Native.entry(store, "k"), try Bytes.gzip(content),
            ["content-encoding": "gzip", "content-type": "text/plain"])
        try requireStatus(put, 201)
        #expect(try put.json["size"].int == content.count)
        #expect(try put.json["sha256"].string == Bytes.sha256(content))
        let reply = try await server.get(Native.entry(store, "k"))
        #expect(reply.header("content-encoding") == nil)
        #expect(reply.fingerprint == Fingerprint(content))
        #expect(try await entry(store)["size"].int == content.count)
    }

    @Test("Plain and gzip uploads of the same content are one object")
    func gzipUploadDeduplicates() async throws {
        let store = Fresh.store()
        let content = Bytes.noise(150_000, seed: 77)
        let plain = try await server.put(Native.entry(store, "plain"), content)
        let coded = try await server.put(
            Native.entry(store, "coded"), try Bytes.gzip(content), ["content-encoding": "gzip"])
        #expect(try plain.json["sha256"] == coded.json["sha256"])
        let digest = Bytes.sha256(content)
        let isOne = try await eventually { try await server.objects().filter { $0.contains(digest) }.count == 1 }
        #expect(isOne)
    }

    @Test("A gzip bomb is refused at the store's limit, and the old value stays")
    func bomb() async throws {
        let store = Fresh.store("runs")
        let target = Native.entry(store, "k")
        try requireStatus(try await server.put(target, "old"), 201)
        let bomb = try Bytes.gzip([UInt8](repeating: 0, count: 12_000_000))
        try #require(bomb.count < 100_000)
        try expectError(try await server.put(target, bomb, ["content-encoding": "gzip"]), 413, code: "entry_too_large")
        #expect(try await server.get(target).text == "old")
        #expect(try await eventually { try server.incoming().isEmpty })
    }

    @Test(
        "Content that says gzip and isn't, or is cut, is 400 and stores nothing",
        arguments: [
            Array("not gzip at all".utf8), Array(Bytes.prose(100).prefix(12)), [0x1F, 0x8B],
        ])
    func notGzip(_ content: [UInt8]) async throws {
        let target = Native.entry(Fresh.store(), "k")
        try expectError(try await server.put(target, content, ["content-encoding": "gzip"]), 400)
        expectStatus(try await server.get(target), 404)
    }

    @Test("A cut or damaged gzip upload is 400 and stores nothing", arguments: [true, false])
    func damagedGzip(_ isCut: Bool) async throws {
        let target = Native.entry(Fresh.store(), "k")
        var content = try Bytes.gzip(Bytes.noise(100_000))
        if isCut { content.removeLast(20) } else { content[content.count - 6] ^= 1 }
        try expectError(try await server.put(target, content, ["content-encoding": "gzip"]), 400)
        expectStatus(try await server.get(target), 404)
        #expect(try await eventually { try server.incoming().isEmpty })
    }
}
