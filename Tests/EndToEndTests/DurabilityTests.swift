import Foundation
import Testing

/// Promises 1–3: what was acknowledged stays, whatever happens to the process; corruption is reported, never served.
@Suite("Durability", .ownServers)
struct DurabilityTests {
    @Test("A restart keeps everything: content, metadata, types, ETags, times, the token")
    func restart() async throws {
        try await LarderProcess.with { server in
            let contents = [Bytes.noise(0), Bytes.noise(10), Bytes.prose(100_000), Bytes.noise(300_000)]
            for (index, content) in contents.enumerated() {
                let put = try await server.put(
                    Netlify.edge("things", "k\(index)"), content,
                    ["content-type": "text/css", "x-amz-meta-user": Netlify.metadata("{\"n\":\(index)}")])
                try requireStatus(put, 200)
            }
            try requireStatus(try await server.put(Native.entry("things", "brief"), "x", ["larder-ttl": "24h"]), 201)
            let listed = try await server.get(Native.entries("things", "metadata=true"))
            let token = try server.token
            let stores = try await server.get("/v1/stores").json

            try await server.restart()
            #expect(try server.token == token)
            #expect(try await server.get(Native.entries("things", "metadata=true")).json == listed.json)
            #expect(try await server.get("/v1/stores").json == stores)
            for (index, content) in contents.enumerated() {
                let reply = try await server.get(Netlify.edge("things", "k\(index)"))
                #expect(reply.fingerprint == Fingerprint(content))
                #expect(reply.header("content-type") == "text/css")
                #expect(try Netlify.metadata(of: reply) == ["n": .number(Double(index))])
            }
        }
    }

    @Test("kill -9 right after the answers loses none of them")
    func killed() async throws {
        try await LarderProcess.with { server in
            for round in 0..<3 {
                let size = [200, 40_000, 150_000][round]
                let replies = try await concurrently(24) {
                    try await server.put(
                        Netlify.edge("things", "r\(round)/k\($0)"), Bytes.noise(size, seed: UInt64($0 + 1)))
                }
                #expect(replies.allSatisfy { $0.status == 200 })
                await server.kill()
                try await server.start()
                for index in 0..<24 {
                    let reply = try await server.get(Netlify.edge("things", "r\(round)/k\(index)"))
                    #expect(reply.fingerprint == Bytes.noise(size, seed: UInt64(index + 1)).fingerprint)
                    #expect(reply.etag == replies[index].etag)
                }
                #expect(try server.incoming().isEmpty)
            }
            #expect(try await server.get(Native.entries("things")).json["entries"].items.count == 72)
        }
    }

    @Test("kill -9 in the middle of writes keeps each entry whole: the old or the new")
    func killedWhileWriting() async throws {
        try await LarderProcess.with { server in
            let keys = 6
            for key in 0..<keys {
                try requireStatus(
                    try await server.put(Netlify.edge("things", "k\(key)"), Bytes.noise(100_000, seed: 1)), 200)
            }
            let (acknowledged, counter) = AsyncStream.makeStream(of: Void.self)
            // Versions that a write of which was begun, and the last that was acknowledged, by key.
            let written = try await withThrowingTaskGroup(of: (key: Int, acknowledged: Int, begun: Int).self) { group in
                for key in 0..<keys {
                    group.addTask {
                        var last = 1
                        for version in 2..<10_000 {
                            let put = try? await server.put(
                                Netlify.edge("things", "k\(key)"), Bytes.noise(100_000, seed: UInt64(version)))
                            guard put?.status == 200 else { return (key, last, version) }
                            last = version
                            counter.yield()
                        }
                        return (key, last, last)
                    }
                }
                var answers = acknowledged.makeAsyncIterator()
                for _ in 0..<30 { await answers.next() }
                await server.kill()
                var written: [(key: Int, acknowledged: Int, begun: Int)] = []
                for try await one in group { written.append(one) }
                return written
            }
            try await server.start()
            for (key, acknowledged, begun) in written {
                let reply = try await server.get(Netlify.edge("things", "k\(key)"))
                expectStatus(reply, 200)
                let allowed = [acknowledged, begun].map { Bytes.noise(100_000, seed: UInt64($0)).fingerprint }
                #expect(allowed.contains(reply.fingerprint), "key \(key): neither version \(acknowledged) nor \(begun)")
            }
            #expect(try server.incoming().isEmpty)
        }
    }

    @Test(
        "SIGTERM lets an upload in flight finish, or fails it cleanly; either way the end is clean",
        arguments: [100, 200_000])
    func terminated(_ size: Int) async throws {
        try await LarderProcess.with { server in
            let target = Netlify.edge("things", "k")
            let content = Bytes.noise(size)
            let answer = try await RawSocket.with(try server.port) { socket in
                try await socket.send(
                    try server.rawHead("PUT", target, "Content-Length: \(size)\r\nExpect: 100-continue"))
                let ready = try await socket.readHead()
                #expect(ready.hasPrefix("HTTP/1.1 100"), "\(ready)")
                try await socket.send(Array(content[..<(size / 2)]))
                server.terminate()
                try? await socket.send(Array(content[(size / 2)...]))
                return try await socket.readHead()
            }
            let ending = try await server.ended()
            #expect(ending == .exit(0))
            try await server.start()
            let stored = try await server.get(target)
            if answer.hasPrefix("HTTP/1.1 2") {
                #expect(stored.fingerprint == Fingerprint(content))
            } else {
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 503"), "\(answer)")
                expectStatus(stored, 404)
            }
        }
    }

    @Test("SIGHUP means nothing to a server without certificates")
    func hangUp() async throws {
        try await LarderProcess.with { server in
            for _ in 0..<3 {
                Foundation.kill(try server.pid, SIGHUP)
                expectStatus(try await server.get("/healthz"), 200)
            }
            #expect(try await server.stop() == .exit(0))
        }
    }

    @Test("SIGTERM and SIGINT end an idle server at once, with exit code 0")
    func idleEnd() async throws {
        try await LarderProcess.with { server in
            // An idle kept-alive connection must not hold it up.
            try await RawSocket.with(try server.port) { socket in
                try await socket.send(try server.rawHead("GET", "/healthz"))
                _ = try await socket.readHead()
                let ending = try await server.stop(within: .seconds(15))
                #expect(ending == .exit(0))
            }
            try await server.start()
            Foundation.kill(try server.pid, SIGINT)
            let ending = try await server.ended(within: .seconds(15))
            #expect(ending == .exit(0))
        }
    }

    // MARK: Corruption

    enum Damage: String, CaseIterable, Sendable {
        case flipped, cut, gone, emptied
    }

    @Test(
        "A damaged object is reported, never served, and a new PUT heals it", arguments: Damage.allCases,
        [Content.noise(400_000), .prose(3_000_000)])
    func corrupt(_ damage: Damage, _ made: Content) async throws {
        try await LarderProcess.with { server in
            let content = made.bytes
            let digest = Bytes.sha256(content)
            try requireStatus(
                try await server.put(Netlify.edge("things", "bad"), content, ["content-type": "text/plain"]), 200)
            try requireStatus(try await server.put(Netlify.edge("things", "good"), Bytes.noise(300_000, seed: 5)), 200)
            let ending = try await server.stop()
            #expect(ending == .exit(0))

            let name = try #require(try await server.objects().first { $0.contains(digest) }, "no object \(digest)")
            var bytes = try await server.readObject(name)
            switch damage {
            case .flipped: bytes[bytes.count / 2] ^= 0x40
            case .cut: bytes.removeLast(bytes.count / 3)
            case .gone, .emptied: bytes = []
            }
            if damage == .gone {
                try await server.removeObject(name)
            } else {
                try await server.overwriteObject(name, bytes)
            }

            try await server.start()
            for target in [Netlify.edge("things", "bad"), Native.entry("things", "bad")] {
                for headers: KeyValuePairs<String, String> in [[:], ["accept-encoding": "gzip"]] {
                    try expectError(try await server.get(target, headers), 500, code: "corrupt_entry")
                }
            }
            let part = try await server.get(Native.entry("things", "bad"), ["range": "bytes=0-9"])
            if part.status == 206 { #expect(part.body == Array(content[..<10])) } else { try expectError(part, 500) }
            #expect(server.log.contains(digest), "the digest is not in the log")
            #expect(
                try await server.get(Netlify.edge("things", "good")).fingerprint
                    == Bytes.noise(300_000, seed: 5).fingerprint)

            try requireStatus(
                try await server.put(Netlify.edge("things", "bad"), content, ["content-type": "text/plain"]), 200)
            let healed = try await server.get(Netlify.edge("things", "bad"))
            expectStatus(healed, 200)
            #expect(healed.fingerprint == Fingerprint(content))
        }
    }
}
