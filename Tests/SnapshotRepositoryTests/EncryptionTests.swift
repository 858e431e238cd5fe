import Glibc
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import SnapshotRepository

@Suite("An encrypted repository")
struct EncryptionTests {
    @Test("opens with its key alone, and says in one line what is wrong")
    func keys() async throws {
        try await Bench.with(.memory) { bench async throws in
            _ = try await bench.create(encrypted: true)
            let wrong = try RepositoryKey(testKey + [1])
            for (key, why) in [(nil, "is encrypted: give its key"), (wrong, "this is not the key")] {
                let error = await #expect(throws: LarderError.self) {
                    try await Repository.open(bench.storage, key: key)
                }
                #expect(error?.code == .forbidden && error?.message.contains(why) == true)
                #expect(error?.message.contains("\n") == false)
            }
        }
        try await Bench.with(.memory) { bench async throws in
            _ = try await bench.create()
            let error = await #expect(throws: LarderError.self) {
                try await Repository.open(bench.storage, key: RepositoryKey(testKey))
            }
            #expect(error?.code == .forbidden && error?.message.contains("is not encrypted") == true)
        }
    }

    @Test("shows neither a digest, nor content, nor the key, in no file and no file's name")
    func hidden() async throws {
        try await Bench.with(.folder) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let marker = Array("a marker that nobody else writes".utf8)
            let large = try Content(marker + noise(200_000)), small = try Content(marker + [1])
            try await repository.add(large)
            try await repository.pack([small])
            try await repository.writeManifest("a", marker + Array(large.digest.hex.utf8) + large.digest.bytes)
            var files = try await bench.files()
            #expect(files.count == 3)
            let config = try #require(try await bench.storage.open("config.json"))
            files["config.json"] = Array(buffer: try await config.read(at: 0, count: 10_000))
            let secrets = [marker, testKey, large.digest.bytes, small.digest.bytes, Array(noise(64))]
            for (name, bytes) in files {
                for digest in [large.digest, small.digest] {
                    #expect(!name.contains(digest.hex) && !contains(bytes, Array(digest.hex.utf8)))
                }
                #expect(!secrets.contains { contains(bytes, $0) }, "\(name)")
                // That it is packed well, or not, is not to be seen by its form.
                #expect(!name.hasPrefix("objects/") || name.hasSuffix(".bin"))
            }
        }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }

    @Test("gives the same content other bytes in each file")
    func salted() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            try await repository.writeManifest("a", [1])
            try await repository.writeManifest("b", [1])
            let files = try await bench.files()
            #expect(files["snapshots/a.json.gz"]?.count == files["snapshots/b.json.gz"]?.count)
            #expect(files["snapshots/a.json.gz"]?.dropFirst(8) != files["snapshots/b.json.gz"]?.dropFirst(8))
        }
    }

    @Test("takes no file under another's name")
    func swapped() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let one = try Content(noise(100_000, seed: 11)), two = try Content(noise(100_000, seed: 12))
            try await repository.add(one)
            try await repository.add(two)
            try await repository.writeManifest("a", Array("one".utf8))
            try await repository.writeManifest("b", Array("two".utf8))
            let files = try await bench.files()
            let names = files.keys.filter { $0.hasPrefix("objects/") }
            try await bench.replace(names[0], files[names[1]] ?? [])
            try await bench.replace(names[1], files[names[0]] ?? [])
            try await bench.replace("snapshots/a.json.gz", files["snapshots/b.json.gz"] ?? [])
            for content in [one, two] {
                let error = await #expect(throws: LarderError.self) { try await repository.readAll(content) }
                #expect(error?.code == .corruptEntry && error?.message.contains("sealed with another key") == true)
            }
            #expect(await code { try await repository.readManifest("a") } == .corruptEntry)
            #expect(try await repository.readManifest("b") == Array("two".utf8))
        }
    }

    /// Around the size of a chunk, where a cut may fall between two.
    @Test("tells any file that was cut, lengthened or altered", arguments: [0, 1, 1 << 20, (1 << 20) + 1, 3 << 20])
    func altered(_ size: Int) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let content = try Content(noise(size))
            let written = try await repository.add(content)
            #expect(try await repository.readAll(content) == content.stored)
            let (name, whole) = try #require(try await bench.files().first)
            #expect(written == Int64(whole.count))
            let chunk = SealedForm.sealedChunkSize, head = SealedForm.headCount
            let lengths = [0, 1, head - 1, head, head + 16, head + chunk, head + chunk + 16, whole.count - 1]
            for length in lengths where length < whole.count {
                try await bench.replace(name, Array(whole.prefix(length)))
                #expect(await code { try await repository.readAll(content) } == .corruptEntry, "cut to \(length)")
            }
            for place in [0, 8, head - 1, head, whole.count - 1] where place < whole.count {
                var altered = whole
                altered[place] ^= 0x80
                try await bench.replace(name, altered)
                #expect(await code { try await repository.readAll(content) } == .corruptEntry, "altered at \(place)")
            }
            try await bench.replace(name, whole + whole.suffix(20))
            #expect(await code { try await repository.readAll(content) } == .corruptEntry)
        }
    }

    @Test("tells chunks that changed places")
    func moved() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let content = try Content(noise(3 << 20))
            try await repository.add(content)
            let (name, whole) = try #require(try await bench.files().first)
            let chunks = whole.dropFirst(SealedForm.headCount).map { $0 }.chunks(of: SealedForm.sealedChunkSize)
            let head = Array(whole.prefix(SealedForm.headCount))
            for order in [[1, 0, 2], [0, 2, 1], [0, 2], [0, 1], [0, 1, 1, 2]] {
                try await bench.replace(name, head + order.flatMap { chunks[$0] })
                #expect(await code { try await repository.readAll(content) } == .corruptEntry, "\(order)")
            }
            try await bench.replace(name, head + chunks.flatMap { $0 })
            #expect(try await repository.readAll(content) == content.stored)
        }
    }

    /// Without digests, which would tell as well: manifests and packs' indexes have none before them.
    @Test("tells a file that ends between two chunks, by the file alone")
    func cutBetweenChunks() async throws {
        try await Bench.with(.memory) { bench async throws in
            let key = try RepositoryKey(testKey), size = 3 << 20
            let sink = SealedSink(bench.storage.makeSink("a"), "a", key, pool: bench.pool)
            try await sink.write(ByteBuffer(bytes: noise(size)))
            try await sink.finish()
            let file = try #require(try await bench.storage.open("a"))
            let whole = Array(buffer: try await file.read(at: 0, count: Int(file.stamp.size)))
            for chunks in 1...3 {
                let length = SealedForm.headCount + chunks * SealedForm.sealedChunkSize
                let source = try await SealedSource(
                    BytesSource(Array(whole.prefix(length))), "a", key, pool: bench.pool)
                let end = source.stamp.size
                let error = await code { try await source.read(at: end - 1, count: 1).readableBytes }
                #expect(error == (chunks == 3 ? nil : .corruptEntry), "\(chunks)")
            }
        }
    }

    @Test("is read from any place on")
    func places() async throws {
        try await Bench.with(.memory) { bench async throws in
            let key = try RepositoryKey(testKey), bytes = noise((2 << 20) + 77)
            let sink = SealedSink(bench.storage.makeSink("a"), "a", key, pool: bench.pool)
            for piece in bytes.chunks(of: 77_777) { try await sink.write(ByteBuffer(bytes: piece)) }
            try await sink.finish()
            let file = try #require(try await bench.storage.open("a"))
            #expect(file.stamp.size == SealedForm.sealedSize(plain: Int64(bytes.count)))
            let source = try await SealedSource(file, "a", key, pool: bench.pool)
            #expect(source.stamp.size == bytes.count)
            var dice = Seeded(3)
            for _ in 0..<50 {
                let start = dice.number(0...bytes.count), count = dice.number(0...1_500_000)
                let found = try await source.read(at: Int64(start), count: count)
                #expect(Array(buffer: found) == Array(bytes[start..<min(start + count, bytes.count)]))
            }
        }
    }
}

@Suite("A key file")
struct KeyFileTests {
    private func key(_ bytes: [UInt8], mode: mode_t = 0o600) async throws -> Result<RepositoryKey, LarderError> {
        try await TemporaryFolder.with { folder async throws in
            let path = folder + "/key"
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            #expect(write(descriptor, bytes, bytes.count) == bytes.count)
            #expect(fchmod(descriptor, mode) == 0)
            close(descriptor)
            return Result { () throws(LarderError) in try RepositoryKey(file: path) }
        }
    }

    @Test("is any bytes; one line break at its end counts for nothing")
    func bytes() async throws {
        let secret = noise(32)
        let plain = try await key(secret).get()
        #expect(try await key(secret + [10]).get().check == plain.check)
        #expect(try await key(secret + [13, 10]).get().check == plain.check)
        #expect(try await key(secret + [10, 10]).get().check != plain.check)
        #expect(try await key(Array(secret.dropLast())).get().check != plain.check)
        #expect(try RepositoryKey(secret).check == plain.check)
        #expect(try await key(Array(repeating: 7, count: 16)).get().check.count == 32)
    }

    @Test("that is too short, or that others may read, is refused")
    func refused() async throws {
        for (bytes, mode, why) in [
            (Array(repeating: 7, count: 15), mode_t(0o600), "16 bytes"),
            (Array(repeating: 7, count: 15) + [10], 0o600, "16 bytes"), ([], 0o600, "16 bytes"),
            (noise(32), 0o640, "others may read it"), (noise(32), 0o604, "others may read it"),
            (noise(70_000), 0o600, "more than"),
        ] {
            guard case .failure(let error) = try await key(bytes, mode: mode) else {
                Issue.record("\(why)")
                continue
            }
            #expect(error.code == .malformedRequest && error.message.contains(why))
        }
    }

    @Test("that is missing, or no file, is refused by its name")
    func missing() async throws {
        for path in ["/nowhere/key", "/dev/null", "/"] {
            let error = #expect(throws: LarderError.self) { try RepositoryKey(file: path) }
            #expect(error?.message.contains("the key file \(path) can't be used") == true)
        }
    }
}
