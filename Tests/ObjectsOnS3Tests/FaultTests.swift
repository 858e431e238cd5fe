import LarderModel
import LarderTestSupport
import NIOCore
import NIOHTTP1
import Objects
@testable import S3
import S3TestSupport
import SigV4
import Testing

@testable import ObjectsOnS3

@Suite("When a bucket fails")
struct FaultTests {
    private static let passing: [S3TestBucket.What] = [
        .answer(503, "SlowDown"), .answer(500, "InternalError"), .answer(429, "Throttling"), .cut, .lose,
    ]

    private func place(_ bytes: [UInt8], in backend: ObjectsOnS3) async throws -> ObjectLocator {
        let sink = backend.makeSink()
        for piece in bytes.chunks(of: 512 << 10) { try await sink.write(ByteBuffer(bytes: piece)) }
        return try await sink.place(as: #require(sha256(bytes)), .identity).locator
    }

    private func read(_ locator: ObjectLocator, in backend: ObjectsOnS3) async throws -> [UInt8]? {
        guard let source = try await backend.open(locator) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < source.stamp.size {
            let piece = try await source.read(
                at: Int64(bytes.count), count: 100_000, goingOnTo: source.stamp.size)
            bytes += Array(buffer: piece)
        }
        return bytes
    }

    @Test("three times, and then works: everything is done, once", arguments: passing)
    func passes(_ fault: S3TestBucket.What) async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            let bytes = noise(200_000)
            try await bench.bucket.fail(fault, .PUT, times: 3)
            let locator = try await place(bytes, in: backend)
            for method in [HTTPMethod.HEAD, .GET] {
                try await bench.bucket.fail(fault, method, times: 3)
                #expect(try await read(locator, in: backend) == bytes)
            }
            try await bench.bucket.fail(fault, .GET, contains: "list-type", times: 3)
            #expect(try await backend.list(shard: locator.digest.bytes[0]).objects == [locator])
            try await bench.bucket.fail(fault, .DELETE, times: 3)
            try await backend.remove(locator)
            #expect(try await backend.open(locator) == nil)
            #expect(try await bench.bucket.keys() == ["larder.id"])
            #expect(backend.trouble == nil)
            #expect(backend.client.statistics.retries.value >= 15)
        }
    }

    @Test("and goes on failing: the client is told to come again, and nothing is there", arguments: passing)
    func staysAway(_ fault: S3TestBucket.What) async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            let bytes = noise(200_000)
            let locator = try await place(bytes, in: backend)
            try await bench.bucket.fail(fault, times: .max)
            for _ in 0..<2 {
                let error = await #expect(throws: LarderError.self) { try await place(noise(50_000), in: backend) }
                #expect(error?.code == .unavailable)
                #expect(backend.trouble?.code == .unavailable)
            }
            let error = await #expect(throws: LarderError.self) { try await read(locator, in: backend) }
            #expect(error?.code == .unavailable)
            try await bench.bucket.comeBack()
            await backend.probe()
            #expect(backend.trouble == nil)
            #expect(try await read(locator, in: backend) == bytes)
        }
    }

    @Test("An answer that ends early is asked for again from where it ended")
    func truncated() async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            let bytes = noise(3_000_000)
            let locator = try await place(bytes, in: backend)
            for length in [0, 1, 1_000_000] {
                try await bench.bucket.fail(.truncate(length), .GET, contains: "objects/")
                #expect(try await read(locator, in: backend) == bytes, "\(length)")
            }
            try await bench.bucket.fail(.truncate(0), .GET, contains: "objects/", times: 100)
            let error = await #expect(throws: LarderError.self) { try await read(locator, in: backend) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("What lasts is not tried again, and is no reason to come again at once")
    func lasting() async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            try await bench.bucket.fail(.answer(403, "AccessDenied"), .PUT, times: .max)
            let before = try await bench.bucket.requests().count
            let error = await #expect(throws: LarderError.self) { try await place(noise(50_000), in: backend) }
            #expect(error?.code == .unavailable)
            #expect(try await bench.bucket.requests().count == before + 1)
            #expect(backend.trouble?.cause?.contains("AccessDenied") == true)
            #expect(error?.description.contains(S3TestServer.secretKey) == false)
        }
    }

    // MARK: Parts

    private static let large = noise(11 << 20)

    @Test("Content in parts comes whole, whatever request fails", arguments: passing)
    func parts(_ fault: S3TestBucket.What) async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            try await bench.bucket.fail(fault, .POST, contains: "uploads")
            try await bench.bucket.fail(fault, .PUT, contains: "partNumber=2")
            try await bench.bucket.fail(fault, .POST, contains: "uploadId=")
            let locator = try await place(Self.large, in: backend)
            #expect(try await read(locator, in: backend) == Self.large)
            // One that was begun and whose number was lost is the collector's.
            _ = try await backend.removeRemains()
            #expect(try await bench.bucket.openUploads() == 0)
        }
    }

    @Test("An upload in parts whose end fails within a success is done again", arguments: ["InternalError", "Odd"])
    func errorWithin(_ code: String) async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            try await bench.bucket.fail(.answer(200, code), .POST, contains: "uploadId=", times: 2)
            let locator = try await place(Self.large, in: backend)
            #expect(try await read(locator, in: backend) == Self.large)
            #expect(try await bench.bucket.requests().filter { $0.hasPrefix("POST") }.count == 4)
        }
    }

    @Test("An upload in parts that fails leaves nothing")
    func abandoned() async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            try await bench.bucket.fail(.answer(403, "AccessDenied"), .PUT, contains: "partNumber=3")
            await #expect(throws: LarderError.self) { try await place(Self.large, in: backend) }
            // The abortion goes on by itself; what it leaves would be the collector's.
            _ = try await backend.removeRemains()
            #expect(try await bench.bucket.openUploads() == 0)
            #expect(try await bench.bucket.keys() == ["larder.id"])
        }
    }

    @Test("What uploads of the dead have left goes when it is old enough")
    func remains() async throws {
        try await Bench.with { bench async throws in
            // moto begins every upload in 2010.
            let backend = try await bench.open(strayAge: .seconds(100 * 365 * 86_400))
            let key = backend.key(
                ObjectLocator(try #require(sha256([1])), .identity, place: ObjectLocator.newPlace()))
            var request = S3Request(.POST, key)
            request.query = [("uploads", "")]
            _ = try await backend.client.answer(request)
            #expect(try await backend.removeRemains() == 0)
            #expect(try await bench.bucket.openUploads() == 1)
            #expect(try await bench.open().removeRemains() == 1)
            #expect(try await bench.bucket.openUploads() == 0)
        }
    }

    // MARK: Damage

    @Test("What was changed in the bucket is never given out as it was")
    func changed() async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            let bytes = noise(2_000_000)
            let locator = try await place(bytes, in: backend)
            let source = try #require(try await backend.open(locator))
            let key = try #require(try await bench.bucket.keys().first { $0.hasPrefix("objects/") })
            try await bench.bucket.write(key, bytes.reversed())
            let error = await #expect(throws: LarderError.self) { try await source.read(at: 0, count: 10) }
            #expect(error?.code == .corruptEntry)
            #expect(try await backend.open(locator)?.stamp != source.stamp)
            let store = ObjectStore(backend, pool: bench.pool)
            let damage = await #expect(throws: LarderError.self) {
                try await store.open(locator, size: Int64(bytes.count))
            }
            #expect(damage?.code == .corruptEntry)
        }
    }

    @Test("A list of more than a page is whole, of keys as of uploads", arguments: [1, 3, 7, 8])
    func pages(of count: Int) async throws {
        try await Bench.with { bench async throws in
            let backend = try await bench.open()
            let client = S3Client(
                backend.client.address, AccessKeys(id: S3TestServer.accessKey, secret: S3TestServer.secretKey),
                use: backend.client.use, patience: .once, pageMax: count, pause: { _ in })
            for number in 0..<7 { _ = try await client.put("some/where/objects/07/\(number)", .none) }
            #expect(try await client.keys("some/where/objects/07/").count == 7)
            #expect(try await client.keys("some/where/objects/07/", limit: 2).count >= 2)
            for number in 0..<7 {
                var request = S3Request(.POST, "some/where/objects/08/\(number)")
                request.query = [("uploads", "")]
                _ = try await client.answer(request)
            }
            let uploads = try await client.openUploads("some/where/objects/08/")
            #expect(Set(uploads.map(\.key)).count == 7 && Set(uploads.map(\.id)).count == 7)
        }
    }
}
