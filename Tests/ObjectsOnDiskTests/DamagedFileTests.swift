import Disk
import Foundation
import LarderModel
import LarderTestSupport
import ObjectConformance
import Objects
import ObjectsOnDisk
import Testing

@Suite("Damage to an object's file")
struct ObjectDamageTests {
    enum Damage: CaseIterable { case missing, empty, shortened, lengthened, oneBit, otherContent }

    @Test(
        "is reported and not served, also when the file was read before", arguments: Damage.allCases,
        [Policy.Compression.always, .never])
    func noticed(damage: Damage, compression: Policy.Compression) async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let plain = text(1_100_000)
            let object = try await objects.write(plain, compression)
            #expect(try await objects.read(object) == plain)
            #expect(try await objects.read(object) == plain)
            let path = disk.path(object)
            try change(path) { bytes in
                switch damage {
                case .missing: nil
                case .empty: []
                case .shortened: Array(bytes.dropLast())
                case .lengthened: bytes + [0]
                case .oneBit:
                    bytes[..<(bytes.count / 2)] + [bytes[bytes.count / 2] ^ 1] + bytes[(bytes.count / 2 + 1)...]
                case .otherContent: Array(noise(bytes.count))
                }
            }
            for _ in 0..<2 {
                let error = await #expect(throws: LarderError.self) { try await objects.read(object) }
                #expect(error?.code == .corruptEntry)
                #expect(error?.cause?.contains(object.digest.hex) == true, "the log needs the digest")
            }
            // Written again, it heals.
            let healed = try await objects.write(plain, compression)
            #expect(try await objects.read(healed) == plain)
        }
    }

    @Test(
        "that makes a file shorter under an open reader is reported, not made up",
        arguments: [Policy.Compression.always, .never])
    func shortened(compression: Policy.Compression) async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let object = try await objects.write(noise(2_000_000), compression)
            let reader = ContentReader(try await objects.open(object), .plain)
            _ = try await reader.next()
            #expect(truncate(disk.path(object), 1_000) == 0)
            let error = await #expect(throws: LarderError.self) { try await reader.collect() }
            #expect(error?.code == .corruptEntry)
        }
    }

    @Test("does not show in a file that only looks changed")
    func touched() async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let object = try await objects.write(noise(100_000))
            #expect(try await objects.read(object).count == 100_000)
            try change(disk.path(object)) { $0 }
            #expect(try await objects.read(object) == noise(100_000))
        }
    }

    @Test("also counts when the size is not the one that the index has")
    func wrongSize() async throws {
        try await withObjectsOnDisk { objects, disk async throws in
            let object = try await objects.write(text(100_000), .always)
            try change(disk.path(object)) { $0 }
            for size: Int64 in [0, 99_999, 100_001] {
                let error = await #expect(throws: LarderError.self) {
                    try await objects.open(ObjectLocator(object.digest, .gzip), size: size)
                }
                #expect(error?.code == .corruptEntry)
            }
        }
    }

    /// Rewrites a file in place until the file system's clock shows it.
    private func change(_ path: String, _ edit: ([UInt8]) -> [UInt8]?) throws {
        let before = try stamp(path)
        guard let bytes = edit(Array(try Data(contentsOf: URL(fileURLWithPath: path)))) else {
            return try FileManager.default.removeItem(atPath: path)
        }
        repeat { try Data(bytes).write(to: URL(fileURLWithPath: path)) } while try stamp(path) == before
    }

    private func stamp(_ path: String) throws -> ObjectStamp {
        let descriptor = try FileSystem.open(path, O_RDONLY)
        defer { FileSystem.close(descriptor) }
        return try ObjectStamp(ofFile: descriptor, path: path)
    }
}
