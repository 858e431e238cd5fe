import Foundation
import NIOHTTP1
import S3TestSupport
import Testing

/// The server's keys, as the environment says them.
enum BucketKeys {
    static let right = [
        "AWS_ACCESS_KEY_ID": S3TestServer.accessKey, "AWS_SECRET_ACCESS_KEY": S3TestServer.secretKey,
    ]
}

extension LarderProcess {
    /// Runs `body` with a server that keeps large content in a bucket of its own.
    static func with(
        bucket: S3TestBucket, _ body: (LarderProcess) async throws -> Void
    ) async throws {
        try await LarderProcess.with(
            ["--objects", bucket.address, "--cleanup-every", "off", "--scrub-every", "off"],
            environment: BucketKeys.right, body)
    }

    /// Waits until `/readyz` answers so.
    func waitUntilReady(_ status: Int = 200) async throws {
        let isSo = try await eventually(within: .seconds(60)) { try await self.get("/readyz").status == status }
        try #require(isSo, "/readyz is never \(status): \(log)")
    }
}

@Suite("Large content in a bucket", .ownServers, .sqliteOnly("they name their engines"))
struct BucketTests {
    /// Content that the index does not keep: one that packs, one that doesn't, and one that goes in two parts.
    private static let contents: [String: [UInt8]] = [
        "prose": Bytes.prose(200_000), "noise": Bytes.noise(100_000), "parts": Bytes.noise(17 << 20, seed: 3),
    ]

    private func objects(_ bucket: S3TestBucket) async throws -> [String] {
        try await bucket.keys().filter { $0.hasPrefix("objects/") }
    }

    private func expectContents(of server: LarderProcess) async throws {
        for (key, content) in Self.contents {
            let reply = try await server.get(Native.entry("things", key))
            expectStatus(reply, 200)
            #expect(reply.body == content, "\(key)")
            let middle = content.count / 2
            let part = try await server.get(
                Native.entry("things", key), ["range": "bytes=\(middle)-\(middle + 99)"])
            expectStatus(part, 206)
            #expect(part.body == Array(content[middle..<middle + 100]), "\(key)")
        }
    }

    @Test("is written, read, in part too, listed, verified, removed and collected")
    func everyday() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await LarderProcess.with(bucket: bucket) { server in
            for (key, content) in Self.contents {
                expectStatus(try await server.put(Native.entry("things", key), content), 201)
            }
            expectStatus(try await server.put(Native.entry("things", "small"), "in the index"), 201)
            try await expectContents(of: server)
            #expect(try await objects(bucket).count == 3)
            #expect(try await bucket.openUploads() == 0)
            #expect(try server.incoming().isEmpty)
            // A new process, which has hashed nothing yet.
            try await server.restart()
            try await expectContents(of: server)
            #expect(try await server.keys("things") == ["noise", "parts", "prose", "small"])
            let verified = try await server.run("verify", within: .seconds(180))
            #expect(verified["verified"] == 4 && verified["corrupt"] == 0 && verified["missing"] == 0, "\(verified)")
            // The same content is kept once, in the place where it came last.
            expectStatus(try await server.put(Native.entry("things", "again"), Self.contents["noise"] ?? []), 201)
            // The older one goes when its last reader has.
            #expect(try await eventually(within: .seconds(30)) { try await self.objects(bucket).count == 3 })
            let metrics = try await server.get("/metrics").text
            #expect(metrics.contains(#"larder_objects_up{engine="s3"} 1"#))
            #expect(metrics.contains("larder_objects_request_seconds_count"))
            for key in try await server.keys("things") {
                expectStatus(try await server.delete(Native.entry("things", key)), 204)
            }
            let collected = try await server.run("collect", #"{"grace":"0s"}"#, within: .seconds(180))
            #expect(collected["removed"] == 3 && collected["orphans"] == 0, "\(collected)")
            #expect(try await eventually(within: .seconds(30)) { try await bucket.keys() == ["larder.id"] })
            #expect(!server.log.contains(S3TestServer.secretKey) && !server.log.contains(S3TestServer.accessKey))
        }
    }

    @Test("that was damaged is never served, is put aside by a verification, and heals when it is written again")
    func damaged() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        let content = Bytes.noise(100_000)
        try await LarderProcess.with(bucket: bucket) { server in
            expectStatus(try await server.put(Native.entry("things", "k"), content), 201)
            let key = try #require(try await objects(bucket).first)
            try await bucket.write(key, content.dropLast() + [content[0] ^ 1])
            try expectError(try await server.get(Native.entry("things", "k")), 500, code: "corrupt_entry")
            let offline = try await verifyOffline(server, bucket)
            #expect(offline.ending == .exit(1))
            #expect(offline.output.contains("1 corrupt") && offline.output.contains("quarantine"), "\(offline)")
            #expect(try await objects(bucket).isEmpty)
            #expect(try await bucket.keys().contains { $0.hasPrefix("quarantine/") })
            try await server.start()
            try expectError(try await server.get(Native.entry("things", "k")), 500, code: "corrupt_entry")
            expectStatus(try await server.put(Native.entry("things", "other"), content), 201)
            #expect(try await server.get(Native.entry("things", "k")).body == content)
        }
    }

    private func verifyOffline(_ server: LarderProcess, _ bucket: S3TestBucket) async throws -> Larder.Outcome {
        try await server.stop()
        var environment = BucketKeys.right
        environment["LARDER_OBJECTS"] = bucket.address
        let told = try await Larder.run(
            ["verify", "--offline", "--data", server.data], environment: environment, home: server.folder.path,
            within: .seconds(180))
        let untold = try await Larder.run(["verify", "--offline", "--data", server.data], home: server.folder.path)
        #expect(untold.ending == .exit(1) && untold.errors.contains("--objects"), "\(untold)")
        return told
    }

    @Test("survives a kill -9 in an upload: what was acknowledged is there, what was not is not")
    func killed() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        let content = Bytes.noise(100_000), large = Self.contents["parts"] ?? []
        try await LarderProcess.with(bucket: bucket) { server in
            expectStatus(try await server.put(Native.entry("things", "kept"), content), 201)
            // Held, not cut: on a slow machine the tries would end first, and the upload be given up in order.
            try await bucket.fail(.hold, .PUT, contains: "partNumber=2", times: .max)
            let upload = Task { try await server.put(Native.entry("things", "lost"), large) }
            let isUnderWay = try await eventually(within: .seconds(60)) {
                try await bucket.requests().contains { $0.contains("partNumber=2") }
            }
            #expect(isUnderWay)
            await server.kill()
            _ = await upload.result
            try await bucket.comeBack()
            try await server.start()
            #expect(try server.incoming().isEmpty)
            #expect(try await server.get(Native.entry("things", "kept")).body == content)
            expectStatus(try await server.get(Native.entry("things", "lost")), 404)
            expectStatus(try await server.put(Native.entry("things", "lost"), large), 201)
            #expect(try await server.get(Native.entry("things", "lost")).body == large)
            // What the dead process began is over an hour old: moto begins every upload in 2010.
            let collected = try await server.run("collect", #"{"grace":"0s"}"#, within: .seconds(180))
            #expect(collected["orphans"] == 1 && collected["removed"] == 0, "\(collected)")
            #expect(try await bucket.openUploads() == 0)
            #expect(try await server.get(Native.entry("things", "lost")).body == large)
        }
    }

    @Test("is refused while its bucket is away, small content goes on, and all comes back by itself")
    func away() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        let content = Bytes.noise(100_000)
        try await LarderProcess.with(bucket: bucket) { server in
            expectStatus(try await server.put(Native.entry("things", "large"), content), 201)
            try await bucket.goAway()
            for method in [HTTPMethod.GET, .PUT] {
                let body: Request.Body = method == .PUT ? .bytes(content) : .none
                let reply = try await server.send(method, Native.entry("things", "large"), [:], body)
                try expectError(reply, 503, code: "unavailable")
                #expect(reply.header("retry-after") != nil)
                #expect(reply.text.contains("bucket"))
            }
            expectStatus(try await server.put(Native.entry("things", "small"), "x"), 201)
            #expect(try await server.get(Native.entry("things", "small")).text == "x")
            expectStatus(try await server.get("/healthz"), 200)
            let ready = try await server.get("/readyz")
            expectStatus(ready, 503)
            #expect(ready.text.contains("bucket"))
            #expect(try await server.get("/metrics").text.contains(#"larder_objects_up{engine="s3"} 0"#))
            try await bucket.comeBack()
            try await server.waitUntilReady()
            #expect(try await server.get(Native.entry("things", "large")).body == content)
            expectStatus(try await server.put(Native.entry("things", "large"), content), 200)
        }
    }

    @Test("waits for a bucket that is away at the start")
    func awayAtStart() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        let content = Bytes.noise(100_000)
        try await bucket.goAway()
        try await LarderProcess.with(bucket: bucket) { server in
            expectStatus(try await server.get("/readyz"), 503)
            expectStatus(try await server.put(Native.entry("things", "small"), "x"), 201)
            try expectError(try await server.put(Native.entry("things", "large"), content), 503, code: "unavailable")
            try await bucket.comeBack()
            try await server.waitUntilReady()
            expectStatus(try await server.put(Native.entry("things", "large"), content), 201)
            #expect(try await server.get(Native.entry("things", "large")).body == content)
        }
    }

    @Test("ends a server that waited for a bucket which turns out to be wrong")
    func wrongAfterAll() async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await bucket.goAway()
        try await LarderProcess.with(bucket: bucket) { server in
            // When it comes it is another's.
            try await bucket.write("larder.id", Array("larder 1 00\n".utf8))
            try await bucket.comeBack()
            let ending = try await server.ended(within: .seconds(60))
            #expect(ending == .exit(1))
        }
    }
}
