import Foundation
import Testing

/// Contract §3: what lies in the data directory.
@Suite("Files", .ownServers)
struct FilesTests {
    @Test(
        "The data directory holds what the contract says, for its owner only",
        .sqliteOnly("index and objects are elsewhere"))
    func layout() async throws {
        try await LarderProcess.with { server in
            let large = Bytes.noise(300_000)
            let text = Bytes.prose(2_000_000)
            try requireStatus(try await server.put(Netlify.edge("things", "large"), large), 200)
            try requireStatus(
                try await server.put(Netlify.edge("things", "text"), text, ["content-type": "text/plain"]), 200)
            try requireStatus(try await server.put(Netlify.edge("things", "small"), "small"), 200)

            let names = try Disk.names(in: server.data)
            for name in ["lock", "index.sqlite", "objects", "incoming", "admin.token", "signing.key"] {
                #expect(names.contains(name), "\(name)")
            }
            #expect(
                Set(names).isSubset(of: [
                    "lock", "index.sqlite", "index.sqlite-wal", "index.sqlite-shm", "objects", "incoming",
                    "admin.token", "signing.key", "clock", "reserve",
                ]))
            #expect(try Disk.mode(server.data) == 0o700)
            for folder in try Disk.folders(below: server.data) {
                #expect(try Disk.mode(server.data + "/" + folder) == 0o700, "\(folder)")
            }
            for file in try Disk.files(below: server.data) {
                #expect(try Disk.mode(server.data + "/" + file) == 0o600, "\(file)")
            }

            let digest = Bytes.sha256(large)
            let textDigest = Bytes.sha256(text)
            #expect(
                try await server.objects()
                    == ["\(digest.prefix(2))/\(digest)", "\(textDigest.prefix(2))/\(textDigest).gz"].sorted())
            #expect(
                try Disk.read("\(server.objectsFolder)/\(digest.prefix(2))/\(digest)").fingerprint == large.fingerprint)
            #expect(
                try Bytes.gunzip(Disk.read("\(server.objectsFolder)/\(textDigest.prefix(2))/\(textDigest).gz"))
                    .fingerprint == text.fingerprint)
            #expect(try server.incoming().isEmpty)
        }
    }

    @Test("The same content is kept once, across keys, stores, sites and faces")
    func deduplication() async throws {
        try await LarderProcess.with { server in
            let content = Bytes.noise(250_000)
            let targets = [
                Netlify.edge("things", "a"), Netlify.edge("things", "b"), Netlify.edge("other", "a"),
                Netlify.edge("things", "a", site: "tenant-b"),
                Native.entry("third", "deep/er"),
            ]
            let replies = try await concurrently(targets.count, width: targets.count) {
                try await server.put(targets[$0], content)
            }
            #expect(replies.allSatisfy { (200...201).contains($0.status) })
            #expect(try await server.has(objects: 1))
            expectStatus(try await server.delete(targets[0]), 204)
            for target in targets.dropFirst() {
                #expect(try await server.get(target).fingerprint == Fingerprint(content))
            }
        }
    }

    @Test("Writers of the same content at once all succeed, whatever form each store wants")
    func racingWriters() async throws {
        try await LarderProcess.with { server in
            for round in 0..<10 {
                let content = Bytes.prose(200_000) + Array("\(round)".utf8)
                // `videos` keeps it plain, the others as gzip: two forms of one object race for its place.
                let stores = ["things", "videos", "runs", "audio", "other", "videos2"]
                let replies = try await concurrently(stores.count, width: stores.count) {
                    try await server.put(Native.entry(stores[$0], "r\(round)"), content, ["content-type": "text/plain"])
                }
                for reply in replies { expectStatus(reply, 201) }
                for store in stores {
                    #expect(try await server.get(Native.entry(store, "r\(round)")).fingerprint == Fingerprint(content))
                }
                // The losing form goes unless another writer is just using it; then a full collection takes it.
                let digest = Bytes.sha256(content)
                let isTidy = try await eventually {
                    (1...2).contains(try await server.objects().filter { $0.contains(digest) }.count)
                }
                #expect(isTidy)
            }
        }
    }

    @Test("Writers and deleters of the same content at once lose nobody's entry")
    func racingDeletes() async throws {
        try await LarderProcess.with { server in
            let content = Bytes.noise(150_000, seed: 7)
            _ = try await concurrently(8, width: 8) { writer in
                for _ in 0..<8 {
                    expectStatus(try await server.put(Netlify.edge("things", "k\(writer)"), content), 200)
                    #expect(
                        try await server.get(Netlify.edge("things", "k\(writer)")).fingerprint == Fingerprint(content))
                    expectStatus(try await server.delete(Netlify.edge("things", "k\(writer)")), 204)
                }
                expectStatus(try await server.put(Netlify.edge("things", "k\(writer)"), content), 200)
            }
            for writer in 0..<8 {
                #expect(try await server.get(Netlify.edge("things", "k\(writer)")).fingerprint == Fingerprint(content))
            }
        }
    }

    @Test("Small content needs no file of its own")
    func inline() async throws {
        try await LarderProcess.with { server in
            for index in 0..<20 {
                try requireStatus(
                    try await server.put(
                        Netlify.edge("things", "\(index)"), Bytes.noise(1_000, seed: UInt64(index + 1))), 200)
            }
            #expect(try await server.objects().isEmpty)
        }
    }

    @Test(
        "Uploads that a crash left in incoming are gone after a start",
        .sqliteOnly("what goes to a bucket has no name there"))
    func incomingIsEmptied() async throws {
        try await LarderProcess.with { server in
            try await server.stop()
            try Disk.write(Bytes.noise(1_000), to: server.data + "/incoming/left-behind")
            try await server.start()
            #expect(try server.incoming().isEmpty)
        }
    }

    @Test("The admin token is made once and can't be guessed")
    func token() async throws {
        var tokens: Set<String> = []
        for _ in 0..<2 {
            try await LarderProcess.with { server in
                let token = try server.token
                #expect(token.count >= 20)
                #expect(token.allSatisfy { $0.isASCII && !$0.isWhitespace })
                try await server.restart()
                #expect(try server.token == token)
                tokens.insert(token)
            }
        }
        #expect(tokens.count == 2)
    }

    @Test("The token is not in the log")
    func tokenIsNotLogged() async throws {
        try await LarderProcess.with(["--log-level", "debug"]) { server in
            try requireStatus(try await server.put(Netlify.edge("things", "k"), "x"), 200)
            expectStatus(try await server.get("/v1/nothing"), 404)
            #expect(!server.log.contains(try server.token))
        }
    }
}
