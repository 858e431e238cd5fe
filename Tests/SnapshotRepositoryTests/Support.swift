import Disk
import Foundation
import Hashing
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import S3
import S3TestSupport
import SigV4
import Synchronization
import Testing

@testable import SnapshotRepository

let testKey = Array("a key of the tests, long enough".utf8)
let started = Timestamp(milliseconds: 1_790_000_000_000)

/// Which storage a test stands on.
enum Place: CaseIterable, Sendable {
    case memory, folder, bucket
}

/// A storage and what a test needs around it.
struct Bench: Sendable {
    let storage: any RepositoryStorage
    let folder: String
    let pool: DiskPool
    /// nil: it is no bucket.
    let bucket: S3TestBucket?
    let clock: ManualClock

    static func with(_ place: Place, _ body: (Bench) async throws -> Void) async throws {
        let bucket = place == .bucket ? try await S3TestServer.shared.makeBucket() : nil
        let pool = DiskPool(threads: 2), clock = ManualClock(started)
        let result: Result<Void, any Error>
        do {
            try await TemporaryFolder.with { folder async throws in
                let storage: any RepositoryStorage =
                    switch place {
                    case .memory: RepositoryInMemory(clock: clock, pool: pool)
                    case .folder: RepositoryInFolder(folder + "/repository", pool: pool)
                    case .bucket: try makeBucket(#require(bucket), folder, pool)
                    }
                let bench = Bench(storage: storage, folder: folder, pool: pool, bucket: bucket, clock: clock)
                try await body(bench)
            }
            result = .success(())
        } catch { result = .failure(error) }
        try await bucket?.forget()
        try await pool.shutDown()
        try result.get()
    }

    private static func makeBucket(
        _ bucket: S3TestBucket, _ folder: String, _ pool: DiskPool
    ) throws -> RepositoryInBucket {
        RepositoryInBucket(
            try S3Address(parsing: bucket.address, option: "--to"),
            AccessKeys(id: S3TestServer.accessKey, secret: S3TestServer.secretKey, sessionToken: nil),
            spoolFolder: folder + "/spool", pool: pool, partSize: 5 << 20,
            // No slow machine takes a try away.
            patience: S3Patience(total: .seconds(3_600)), pause: { _ in await Task.yield() })
    }

    func create(encrypted: Bool = false) async throws -> Repository {
        try await Repository.openOrCreate(storage, key: encrypted ? RepositoryKey(testKey) : nil, now: started)
    }

    /// All files with their bytes, as they lie there.
    func files() async throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for folder in ["objects/", "packs/", "snapshots/", "locks/"] {
            for file in try await storage.list(folder) {
                let source = try #require(try await storage.open(file.name))
                files[file.name] = Array(buffer: try await source.read(at: 0, count: Int(source.stamp.size)))
            }
        }
        return files
    }

    /// Puts other bytes in a file's place.
    func replace(_ name: String, _ bytes: [UInt8]) async throws {
        try await storage.write(name, ByteBuffer(bytes: bytes))
    }
}

/// A storage in memory whose clock is moved by hand.
final class RepositoryInMemory: RepositoryStorage {
    let pool: DiskPool
    private let clock: ManualClock
    private let hasTimes = Mutex(true)
    private let removals = Mutex<(count: Int, number: Int, act: (@Sendable () -> Void)?)>((0, 0, nil))
    private let files = Mutex<[String: (bytes: ByteBuffer, time: Timestamp)]>([:])

    init(clock: ManualClock, pool: DiskPool) {
        self.clock = clock
        self.pool = pool
    }

    var place: String { "memory" }
    func isEmpty() async throws -> Bool { files.withLock { $0.isEmpty } }

    func open(_ name: String) async throws -> (any ObjectSource)? {
        try RepositoryFile.check(name)
        return files.withLock { $0[name] }.map { BytesSource($0.bytes) }
    }

    func write(_ name: String, _ bytes: ByteBuffer) async throws {
        try RepositoryFile.check(name)
        files.withLock { $0[name] = (bytes, clock.now) }
    }

    func makeSink(_ name: String) -> any RepositorySink { MemorySink(self, name) }

    func list(_ folder: String) async throws -> [RepositoryFile] {
        try RepositoryFile.check(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)
        return files.withLock { files in
            files.filter { $0.key.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/") }.map { name, file in
                RepositoryFile(
                    name: name, size: Int64(file.bytes.readableBytes),
                    modifiedAt: hasTimes.withLock { $0 } ? file.time : nil)
            }
        }
    }

    func remove(_ name: String) async throws {
        try RepositoryFile.check(name)
        forget(name)
        let act = removals.withLock { removals in
            removals.count += 1
            return removals.count == removals.number ? removals.act : nil
        }
        act?()
    }

    /// From now on lists say no times.
    func forgetTimes() { hasTimes.withLock { $0 = false } }

    func forget(_ name: String) { _ = files.withLock { $0.removeValue(forKey: name) } }

    /// Does something right behind the removal of that number from now on.
    func atRemoval(_ number: Int, _ act: @escaping @Sendable () -> Void) {
        removals.withLock { $0 = (0, number, act) }
    }

    func removeRemains(before time: Timestamp) async throws -> Int { 0 }

    private final class MemorySink: RepositorySink {
        private let memory: RepositoryInMemory
        private let name: String
        private let bytes = Mutex(ByteBuffer())

        init(_ memory: RepositoryInMemory, _ name: String) {
            self.memory = memory
            self.name = name
        }

        func write(_ bytes: ByteBuffer) async throws {
            _ = self.bytes.withLock { $0.writeImmutableBuffer(bytes) }
        }
        func finish() async throws { try await memory.write(name, bytes.withLock { $0 }) }
        func discard() async {}
    }
}

/// Bytes as an object.
final class BytesSource: ObjectSource {
    let stamp: ObjectStamp
    private let bytes: ByteBuffer

    init(_ bytes: ByteBuffer) {
        self.bytes = bytes
        stamp = ObjectStamp(size: Int64(bytes.readableBytes), marks: (0, 0, 0, 0))
    }

    convenience init(_ bytes: [UInt8]) { self.init(ByteBuffer(bytes: bytes)) }

    func read(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer {
        let start = bytes.readerIndex + Int(offset)
        return bytes.getSlice(at: start, length: min(count, bytes.readableBytes - Int(offset))) ?? ByteBuffer()
    }
}

/// A content for a test.
struct Content: Sendable {
    let digest: Digest
    let encoding: Encoding
    let plain: [UInt8]
    let stored: [UInt8]

    init(_ plain: [UInt8], _ encoding: Encoding = .identity) throws {
        self.plain = plain
        self.encoding = encoding
        digest = try #require(sha256(plain))
        stored = encoding == .gzip ? InlineObject.compress(plain) : plain
    }

    var size: Int64 { Int64(plain.count) }

    /// A small one of its own for each number.
    static func small(_ number: Int) throws -> Content {
        try Content(Array("content \(number) ".utf8) + noise(200, seed: UInt64(number) + 10))
    }
}

extension Repository {
    @discardableResult
    func add(_ content: Content) async throws -> Int64 {
        try await add(content.digest, content.encoding, size: content.size, from: BytesSource(content.stored))
    }

    func pack(_ contents: [Content], sizeMax: Int = PackForm.sizeMax) async throws {
        let packer = makePacker(sizeMax: sizeMax)
        for content in contents { try await packer.add(content) }
        try await packer.finish()
    }

    func readAll(_ content: Content) async throws -> [UInt8] {
        let reader = try await read(content.digest, content.encoding, size: content.size)
        var bytes: [UInt8] = []
        while let piece = try await reader.next() { bytes += Array(buffer: piece) }
        return bytes
    }

    /// Digests of what can be read of the packs, and the damage.
    func readPacks() async throws -> (found: [Digest: [UInt8]], damaged: [DamagedPack]) {
        var found: [Digest: [UInt8]] = [:], damaged: [DamagedPack] = []
        try await eachPacked(in: contents(), wanted: { _, _ in true }) {
            damaged.append($0)
        } _: {
            found[$0.digest] = $0.stored
        }
        return (found, damaged)
    }

    func writeManifest(_ name: String, _ text: [UInt8]) async throws {
        let writer = try makeManifest(name)
        for piece in text.chunks(of: 100_000) { try await writer.write(Array(piece)) }
        try await writer.finish()
    }

    func readManifest(_ name: String) async throws -> [UInt8] {
        let reader = try await manifest(name)
        var bytes: [UInt8] = []
        while let piece = try await reader.next() { bytes += piece }
        return bytes
    }
}

extension Packer {
    func add(_ content: Content) async throws {
        try await add(content.digest, content.encoding, size: content.size, stored: content.stored)
    }
}

/// The code of what a body throws; nil: nothing.
func code(_ body: () async throws -> some Sendable) async -> LarderError.Code? {
    do {
        _ = try await body()
        return nil
    } catch { return LarderError.wrapping(error).code }
}
