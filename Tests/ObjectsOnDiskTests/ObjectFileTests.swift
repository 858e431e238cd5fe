import Disk
import Foundation
import LarderModel
import LarderTestSupport
import NIOCore
import ObjectConformance
import Objects
import ObjectsOnDisk
import Testing

@Suite("The file of an object's writer")
struct ObjectFileTests {
    @Test("makes one file for equal content, named as the contract says, readable by the owner only")
    func file() async throws {
        let plain = text(100_000)
        try await withObjectsOnDisk { objects, disk async throws in
            for (compression, ending) in [(Policy.Compression.never, ""), (.always, ".gz")] {
                let first = try await objects.write(plain, compression)
                _ = try await objects.write(plain, compression)
                let hex = first.digest.hex
                let path = "\(disk.path)/objects/\(hex.prefix(2))/\(hex)\(ending)"
                #expect(disk.path(first) == path)
                #expect(try permissions(path) == 0o600)
                #expect(Int64(try Data(contentsOf: URL(fileURLWithPath: path)).count) == first.storedSize)
            }
            let shard = try #require(sha256(plain)?.hex.prefix(2))
            #expect(try FileSystem.list("\(disk.path)/objects/\(shard)").count == 2)
            #expect(try permissions("\(disk.path)/objects/\(shard)") == 0o700)
            #expect(try await disk.incoming().isEmpty)
        }
    }

    @Test("that is abandoned leaves nothing", arguments: [1_000, 600_000, 2_000_000])
    func abandoned(size: Int) async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
            for piece in text(size).chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            if size > 524_288 { #expect(try await disk.incoming().count == 1) }
            writer.abandon()
            #expect(try await disk.incoming().isEmpty)
            #expect(try await disk.files().isEmpty)
        }
    }

    @Test("that is forgotten leaves nothing either")
    func forgotten() async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            func begin() async throws {
                let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
                for piece in text(1_000_000).chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            }
            try await begin()
            #expect(try await disk.incoming().isEmpty)
        }
    }

    @Test("that can't put its file in place says so and leaves nothing")
    func failedInstall() async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let plain = text(600_000)
            let shard = "\(disk.path)/objects/\(try #require(sha256(plain)).hex.prefix(2))"
            try FileManager.default.removeItem(atPath: shard)
            let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
            for piece in plain.chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            let error = await #expect(throws: LarderError.self) { try await writer.finish() }
            #expect(error?.code == .internalError)
            #expect(error?.message.contains(disk.path) == false, "a client has no business with paths")
            writer.abandon()
            #expect(try await disk.incoming().isEmpty)
            // Nobody is kept from removing an object that never came to be.
            #expect(await objects.claims.whileUnclaimed(try #require(sha256(plain))) { true } == true)
        }
    }

    @Test("that can't make its file fails, then and later")
    func failedOpen() async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            try FileManager.default.removeItem(atPath: disk.path + "/incoming")
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
}
