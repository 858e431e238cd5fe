import Disk
import Foundation
import LarderModel
import NIOCore
import Objects
import Testing

@Suite("An object's writer")
struct ObjectWriterTests {
    static let sizes = [0, 1, 32_767, 32_768, 32_769, 524_287, 524_288, 524_289, 1_048_576, 3_000_001]

    @Test("keeps what it was given, named by its digest, in either form", arguments: sizes, Policy.Compression.allCases)
    func roundTrip(size: Int, compression: Policy.Compression) async throws {
        try await withObjects { objects async throws in
            for (plain, isPackable) in [(text(size), true), (noise(size), false)] {
                let object = try await objects.write(plain, as: MediaType.json, compression)
                #expect(object.digest == sha256(plain))
                #expect(object.size == Int64(size))
                #expect(object.isFile == (size > ObjectStore.inlineMax))
                let isGzip =
                    switch compression {
                    case .never: false
                    case .always: size > 0
                    case .auto: size >= InlineObject.compressMin && isPackable
                    }
                #expect(object.encoding == (isGzip ? .gzip : .identity))
                if isPackable, isGzip, size > 1_000 { #expect(object.storedSize * 3 < object.size) }
                if !isGzip { #expect(object.storedSize == object.size) }
                switch object.content {
                case .inline(let stored, let kept):
                    #expect(kept == plain)
                    #expect(Int64(stored.count) == object.storedSize)
                    #expect(
                        try InlineObject.verifiedPlain(
                            stored, encoding: object.encoding, size: object.size, digest: object.digest) == plain)
                case .file:
                    #expect(try await objects.read(object) == plain)
                    #expect(Int64(try await objects.read(object, .stored).count) == object.storedSize)
                }
            }
            #expect(try await objects.incoming().isEmpty)
        }
    }

    @Test("does not care how the content is cut into pieces", arguments: [1_000, 65_536, 524_288, 700_000, 2_000_000])
    func pieces(pieceSize: Int) async throws {
        let plain = text(1_300_000)
        try await withObjects { objects async throws in
            let object = try await objects.write(plain, as: MediaType.json, pieceSize: pieceSize)
            #expect(object.digest == sha256(plain))
            #expect(try await objects.read(object) == plain)
        }
    }

    @Test("makes one file for equal content, named as the contract says, readable by the owner only")
    func file() async throws {
        let plain = text(100_000)
        try await withObjects { objects async throws in
            for (compression, ending) in [(Policy.Compression.never, ""), (.always, ".gz")] {
                let first = try await objects.write(plain, compression)
                _ = try await objects.write(plain, compression)
                let hex = first.digest.hex
                let path = "\(objects.directory.path)/objects/\(hex.prefix(2))/\(hex)\(ending)"
                #expect(objects.path(first.digest, first.encoding) == path)
                #expect(try permissions(path) == 0o600)
                #expect(Int64(try Data(contentsOf: URL(fileURLWithPath: path)).count) == first.storedSize)
            }
            let shard = try #require(sha256(plain)?.hex.prefix(2))
            #expect(try FileSystem.list("\(objects.directory.path)/objects/\(shard)").count == 2)
            #expect(try permissions("\(objects.directory.path)/objects/\(shard)") == 0o700)
        }
    }

    @Test(
        "never packs media that is packed already, but by demand",
        arguments: ["video/mp4", "image/png", "audio/mpeg", "application/zip"])
    func media(type: String) async throws {
        try await withObjects { objects async throws in
            for size in [10_000, 100_000] {
                #expect(try await objects.write(text(size), as: type).encoding == .identity)
                #expect(try await objects.write(text(size), as: type, .always).encoding == .gzip)
            }
        }
    }

    @Test("that is abandoned leaves nothing", arguments: [1_000, 600_000, 2_000_000])
    func abandoned(size: Int) async throws {
        try await withObjects { objects async throws in
            let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
            for piece in text(size).chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            if size > 524_288 { #expect(try await objects.incoming().count == 1) }
            writer.abandon()
            #expect(try await objects.incoming().isEmpty)
            #expect(try await objects.files().isEmpty)
        }
    }

    @Test("that is forgotten leaves nothing either")
    func forgotten() async throws {
        try await withObjects { objects async throws in
            func begin() async throws {
                let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
                for piece in text(1_000_000).chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            }
            try await begin()
            #expect(try await objects.incoming().isEmpty)
        }
    }

    @Test("that can't put its file in place says so and leaves nothing")
    func failedInstall() async throws {
        try await withObjects { objects async throws in
            let plain = text(600_000)
            let shard = "\(objects.directory.objectsPath)/\(try #require(sha256(plain)).hex.prefix(2))"
            try FileManager.default.removeItem(atPath: shard)
            let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
            for piece in plain.chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            let error = await #expect(throws: LarderError.self) { try await writer.finish() }
            #expect(error?.code == .internalError)
            #expect(error?.message.contains(objects.directory.path) == false, "a client has no business with paths")
            writer.abandon()
            #expect(try await objects.incoming().isEmpty)
            // Nobody is kept from removing an object that never came to be.
            #expect(objects.claims.whileUnclaimed(try #require(sha256(plain))) {})
        }
    }

    @Test("that can't make its file fails, then and later")
    func failedOpen() async throws {
        try await withObjects { objects async throws in
            try FileManager.default.removeItem(atPath: objects.directory.incomingPath)
            let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
            try await writer.append(ByteBuffer(bytes: noise(600_000)))
            for _ in 0..<2 {
                let error = await #expect(throws: LarderError.self) {
                    try await writer.append(ByteBuffer(bytes: noise(600_000)))
                }
                #expect(error?.code == .internalError)
            }
            await #expect(throws: LarderError.self) { try await writer.finish() }
        }
    }

    @Test("holds its file against collection until its result is let go of")
    func claim() async throws {
        try await withObjects { objects async throws in
            let digest = try #require(sha256(noise(100_000)))
            func write() async throws {
                let object = try await objects.write(noise(100_000))
                #expect(!objects.claims.whileUnclaimed(digest) { Issue.record("a claimed file was removed") })
                withExtendedLifetime(object) {}
            }
            try await write()
            #expect(try objects.claims.whileUnclaimed(digest) { try objects.remove(digest, .identity) })
            #expect(try await objects.files().isEmpty)
        }
    }
}

func permissions(_ path: String) throws -> Int? {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
}

extension ObjectStore {
    /// Names of all object files.
    func files() async throws -> [String] {
        let path = directory.objectsPath
        return try await pool.run { try FileSystem.list(path).flatMap { try FileSystem.list("\(path)/\($0)") } }
    }
}

extension [UInt8] {
    func chunks(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
