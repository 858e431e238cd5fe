import Hashing
import NIOCore
import NIOHTTP1
import Testing

/// Content of every size, on both sides of the sizes where something changes inside.
@Suite("Bodies of every size", .server)
struct BodyTests {
    static let sizes = [
        0, 1, 2, 16_383, 16_384, 16_385, 32_768, 65_535, 65_536, 65_537, 262_144, 1_048_575, 1_048_576, 1_048_577,
    ]

    @Test(
        "They come back as they went in", arguments: sizes.flatMap { [Content.noise($0), .prose($0)] },
        [Face.edge, .native])
    func roundTrip(_ made: Content, _ face: Face) async throws {
        let content = made.bytes
        let store = Fresh.store()
        let target = face.target(store, "k")
        let put = try await server.put(target, content, ["content-type": "text/plain"])
        try requireStatus(put, face.created)
        let get = try await server.get(target)
        expectStatus(get, 200)
        #expect(get.fingerprint == Fingerprint(content))
        #expect(get.header("content-length") == "\(content.count)")
        let entry = try await server.get(Native.entries(store)).json["entries"][0]
        #expect(entry["size"].int == content.count)
        #expect(entry["sha256"].string == Bytes.sha256(content))
        #expect(try await server.get("/default/site:\(store)").json["blobs"][0]["size"].int == content.count)
        let coded = try await server.get(target, ["accept-encoding": "gzip"])
        let plain = coded.header("content-encoding") == "gzip" ? try Bytes.gunzip(coded.body) : coded.body
        #expect(plain.fingerprint == Fingerprint(content))
    }
}

@Suite("A large body streams", .ownServers)
struct LargeBodyTests {
    @Test("70 MB up and down in less than 100 MB of memory", arguments: [Face.edge, .native])
    func streams(_ face: Face) async throws {
        try await LarderProcess.with { server in
            let target = face.target("media", "film.mp4")
            // One small round first, so that what the server allocates once is not counted.
            try requireStatus(try await server.put(target, Bytes.noise(1_000_000)), face.created)
            try requireStatus(try await server.get(target), 200)
            let before = try server.memory("VmRSS")

            let large = LargeBody(size: 70_000_003)
            let digest = large.sha256
            let put = try await server.send(.PUT, target, ["content-type": "video/mp4"], large.body)
            expectStatus(put, 200)
            if face == .native { #expect(try put.json["sha256"].string == digest) }

            let port = try server.port
            let get = try server.request(.GET, target)
            let (size, received) = try await within(.seconds(60), "the download") {
                try await Wire.connect(to: port) { connection in
                    var hash = SHA256()
                    var size = 0
                    let reply = try await connection.send(get) { buffer in
                        size += buffer.readableBytes
                        buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                    }
                    expectStatus(reply, 200)
                    #expect(reply.header("content-length") == "70000003")
                    return (size, Bytes.hex(hash.finalize()))
                }
            }
            #expect(size == large.size)
            #expect(received == digest)

            let peak = try server.memory("VmHWM")
            #expect(peak - before < 100_000_000, "memory grew by \(peak - before) bytes")
            #expect(try server.incoming().isEmpty)

            let part = try await server.get(Native.entry("media", "film.mp4"), ["range": "bytes=69999993-"])
            expectStatus(part, 206)
            #expect(part.body == Array(large.chunk(66, large.size - 66 * Request.chunkSize).suffix(10)))
        }
    }

    @Test("A reader that goes away in the middle costs the server nothing")
    func abandonedDownload() async throws {
        try await LarderProcess.with { server in
            let target = Netlify.edge("media", "film.mp4")
            try requireStatus(try await server.send(.PUT, target, [:], LargeBody(size: 8_000_000).body), 200)
            var before = 0
            for round in 0..<20 {
                // What the first rounds open once is no leak.
                if round == 5 { before = try await server.descriptors() }
                try await RawSocket.with(try server.port) { socket in
                    try await socket.send(try server.rawHead("GET", target))
                    let head = try await socket.readHead()
                    #expect(head.hasPrefix("HTTP/1.1 200"))
                }
            }
            #expect(
                try await eventually { try await server.descriptors() <= before + 2 },
                "more than the \(before) descriptors of before stay open")
            expectStatus(try await server.get("/healthz"), 200)
        }
    }
}
