import Disk
import Glibc
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import NIOHTTP1
import S3TestSupport
import Testing

@testable import SnapshotRepository

/// What each storage must do.
@Suite("The files of a repository")
struct StorageTests {
    private func read(_ name: String, in storage: any RepositoryStorage) async throws -> [UInt8]? {
        guard let source = try await storage.open(name) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < source.stamp.size {
            bytes += Array(
                buffer: try await source.read(at: Int64(bytes.count), count: 300_000, goingOnTo: source.stamp.size))
        }
        return bytes
    }

    private func write(_ name: String, _ bytes: [UInt8], in storage: any RepositoryStorage) async throws {
        let sink = storage.makeSink(name)
        for piece in bytes.chunks(of: 512 << 10) { try await sink.write(ByteBuffer(bytes: piece)) }
        try await sink.finish()
    }

    @Test("come back as they were written, whole or in pieces", arguments: Place.allCases)
    func roundTrip(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let storage = bench.storage
            #expect(try await storage.isEmpty())
            #expect(try await storage.open("objects/ab/x.bin") == nil)
            for (number, size) in [0, 1, 600_000, 11 << 20].enumerated() {
                let bytes = noise(size)
                try await write("objects/ab/\(number).bin", bytes, in: storage)
                #expect(try await read("objects/ab/\(number).bin", in: storage) == bytes, "\(size)")
            }
            try await storage.write("config.json", ByteBuffer(string: "one"))
            try await storage.write("config.json", ByteBuffer(string: "three"))
            #expect(try await read("config.json", in: storage)?.text == "three")
            #expect(try await !storage.isEmpty())
            let middle = try #require(try await storage.open("objects/ab/2.bin"))
            #expect(
                Array(buffer: try await middle.read(at: 70_000, count: 5)) == Array(noise(600_000)[70_000..<70_005]))
        }
    }

    @Test(
        "are listed with their folders, sizes and times, and are gone when they are removed", arguments: Place.allCases)
    func listing(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let storage = bench.storage
            #expect(try await storage.list("objects/").isEmpty)
            for name in ["objects/ab/1.bin", "objects/cd/2.gz", "packs/ab/3.pack"] {
                try await storage.write(name, ByteBuffer(bytes: noise(name.utf8.count)))
            }
            let listed = try await storage.list("objects/").sorted { $0.name < $1.name }
            #expect(listed.map(\.name) == ["objects/ab/1.bin", "objects/cd/2.gz"])
            #expect(listed.map(\.size) == [16, 15])
            #expect(listed.allSatisfy { $0.modifiedAt > Timestamp(milliseconds: 1_700_000_000_000) })
            #expect(try await storage.list("objects/cd/").map(\.name) == ["objects/cd/2.gz"])
            for _ in 0..<2 { try await storage.remove("objects/cd/2.gz") }
            #expect(try await storage.open("objects/cd/2.gz") == nil)
            #expect(try await storage.list("objects/").map(\.name) == ["objects/ab/1.bin"])
        }
    }

    @Test("are not seen before they are whole, nor when they are given up", arguments: Place.allCases)
    func unfinished(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let sink = bench.storage.makeSink("objects/ab/1.bin")
            try await sink.write(ByteBuffer(bytes: noise(700_000)))
            #expect(try await bench.storage.list("objects/").isEmpty)
            #expect(try await bench.storage.open("objects/ab/1.bin") == nil)
            await sink.discard()
            #expect(try await bench.storage.list("objects/").isEmpty)
            #expect(try await bench.storage.isEmpty())
        }
    }

    @Test(
        "have no names that lead outside",
        arguments: ["../x", "/etc/passwd", "a/../../x", "a//b", "", ".", "..", "a/.x", "a\\b", "é", "a b", "a\0"])
    func names(_ name: String) async throws {
        for place in Place.allCases {
            try await Bench.with(place) { bench async throws in
                #expect(await code { try await bench.storage.open(name) != nil } == .malformedRequest)
                #expect(await code { try await bench.storage.write(name, ByteBuffer()) } == .malformedRequest)
                #expect(await code { try await bench.storage.remove(name) } == .malformedRequest)
                #expect(await code { try await write(name, [1], in: bench.storage) } == .malformedRequest)
            }
        }
    }
}

@Suite("A repository in a folder")
struct FolderTests {
    @Test("is nobody else's to read, and leaves nothing beside what it keeps")
    func modes() async throws {
        try await Bench.with(.folder) { bench async throws in
            let repository = try await bench.create()
            try await repository.add(Content(noise(100_000)))
            let path = bench.folder + "/repository"
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(stat(path + "/config.json", &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(try await bench.storage.list("incoming/").isEmpty)
        }
    }

    @Test("that can't be written to is one clear error, and nothing is seen")
    func blocked() async throws {
        try await Bench.with(.folder) { bench async throws in
            let repository = try await bench.create()
            // A file where a folder has to be: also root can't write below it.
            try await bench.storage.write("objects", ByteBuffer(string: "x"))
            let error = await #expect(throws: LarderError.self) { try await repository.add(Content(noise(100_000))) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.hasPrefix("The repository \(bench.folder)/repository can't be used: ") == true)
            #expect(try await repository.contents().count == 0)
            #expect(try await bench.storage.list("incoming/").isEmpty)
        }
    }

    @Test("on a file system that takes no writes is one clear error")
    func readOnly() async throws {
        let pool = DiskPool(threads: 1)
        let storage = RepositoryInFolder("/proc/repository", pool: pool)
        let error = await #expect(throws: LarderError.self) {
            try await Repository.openOrCreate(storage, key: nil, now: started)
        }
        #expect(error?.message.hasPrefix("The repository /proc/repository can't be used: mkdir") == true)
        try await pool.shutDown()
    }

    @Test("that is full is one clear error, and what was being written is gone")
    func full() async throws {
        let pool = DiskPool(threads: 1)
        // The one device that is always full stands for the disk.
        try await TemporaryFolder.with { folder async throws in
            let storage = RepositoryInFolder(folder, pool: pool)
            let error = await #expect(throws: LarderError.self) {
                try await storage.onDisk {
                    let full = open("/dev/full", O_WRONLY)
                    defer { close(full) }
                    try [UInt8](repeating: 1, count: 10).withUnsafeBytes {
                        try FileSystem.write($0, to: full, path: "/dev/full")
                    }
                }
            }
            #expect(error?.code == .diskFull && error?.message.contains(folder) == true)
        }
        try await pool.shutDown()
    }

    @Test("goes on beside what a killed writer left, which goes by its age")
    func remains() async throws {
        try await Bench.with(.folder) { bench async throws in
            _ = try await bench.create()
            try await bench.storage.write("incoming/0123", ByteBuffer(string: "half"))
            let now = try #require(try await bench.storage.list("incoming/").first).modifiedAt
            #expect(try await bench.storage.removeRemains(before: now) == 0)
            #expect(try await bench.storage.removeRemains(before: now + .seconds(1)) == 1)
            #expect(try await bench.storage.list("incoming/").isEmpty)
        }
    }
}

@Suite("A repository in a bucket")
struct BucketTests {
    @Test(
        "goes on when requests fail three times",
        arguments: [S3TestBucket.What.answer(503, "SlowDown"), .answer(500, "InternalError"), .cut, .lose])
    func passes(_ fault: S3TestBucket.What) async throws {
        try await Bench.with(.bucket) { bench async throws in
            let bucket = try #require(bench.bucket)
            let repository = try await bench.create(encrypted: true)
            let content = try Content(noise(300_000))
            try await bucket.fail(fault, .PUT, times: 3)
            try await repository.add(content)
            try await bucket.fail(fault, .GET, times: 3)
            #expect(try await repository.readAll(content) == content.stored)
            try await bucket.fail(fault, .GET, contains: "list-type", times: 3)
            #expect(try await repository.contents().contains(content.digest, content.encoding))
        }
    }

    @Test("reads on where an answer ended")
    func truncated() async throws {
        try await Bench.with(.bucket) { bench async throws in
            let repository = try await bench.create()
            let content = try Content(noise(2_000_000))
            try await repository.add(content)
            for length in [0, 1, 1_000_000] {
                try await bench.bucket?.fail(.truncate(length), .GET, contains: "objects/")
                #expect(try await repository.readAll(content) == content.stored, "\(length)")
            }
        }
    }

    @Test("that stays away, or refuses, is one clear error without a secret")
    func away() async throws {
        try await Bench.with(.bucket) { bench async throws in
            let bucket = try #require(bench.bucket)
            let repository = try await bench.create()
            for fault in [S3TestBucket.What.answer(503, "SlowDown"), .cut, .answer(403, "AccessDenied")] {
                try await bucket.fail(fault, times: .max)
                let error = await #expect(throws: LarderError.self) { try await repository.contents() }
                #expect(error?.code == .unavailable)
                #expect(error?.message.hasPrefix("The repository s3://\(bucket.name)") == true)
                #expect(error?.description.contains(S3TestServer.secretKey) == false)
                try await bucket.comeBack()
            }
            try await bucket.fail(.answer(507, "XMinioStorageFull"), .PUT)
            #expect(await code { try await repository.add(Content(noise(100_000))) } == .diskFull)
        }
    }

    @Test(
        "is read whole where the service knows no ranges, or says 200 to them",
        arguments: [S3TestBucket.What.noRange, .plainRange])
    func noRanges(_ odd: S3TestBucket.What) async throws {
        try await Bench.with(.bucket) { bench async throws in
            let bucket = try #require(bench.bucket)
            try await bucket.fail(odd, .GET, times: .max)
            let repository = try await bench.create(encrypted: true)
            let content = try Content(noise(3_000_000)), small = try (0..<50).map(Content.small)
            try await repository.add(content)
            try await repository.pack(small)
            #expect(try await repository.readAll(content) == content.stored)
            #expect(try await repository.contents().count == 51)
            #expect(try await repository.readPacks().found.count == 50)
        }
    }

    @Test("loses uploads that never ended, by their age")
    func remains() async throws {
        try await Bench.with(.bucket) { bench async throws in
            let bucket = try #require(bench.bucket)
            _ = try await bench.create()
            try await bucket.beginUpload("objects/ab/1.bin")
            // moto begins every upload in 2010.
            #expect(try await bench.storage.removeRemains(before: Timestamp(milliseconds: 1_000)) == 0)
            #expect(try await bucket.openUploads() == 1)
            #expect(try await bench.storage.removeRemains(before: started) == 1)
            #expect(try await bucket.openUploads() == 0)
        }
    }
}
