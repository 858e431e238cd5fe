import Gzip
import Disk
import Foundation
import LarderModel
import NIOCore
import Objects
import Testing

@Suite("Content")
struct ContentReaderTests {
    static let size: Int64 = 1_200_000
    static let ranges: [Range<Int64>] = [
        0..<1, 0..<524_288, 0..<524_289, 1..<524_288, 131_071..<131_073, 524_287..<524_289, 524_288..<1_048_576,
        1_048_576..<1_048_577,
        1_199_999..<1_200_000, 600_000..<1_200_000, 0..<1_200_000,
    ]

    @Test("is given out in ranges of what was written, packed or not", arguments: ranges, Policy.Compression.allCases)
    func plain(range: Range<Int64>, compression: Policy.Compression) async throws {
        let plain = text(Int(Self.size))
        try await withObjects { objects async throws in
            let object = try await objects.write(plain, as: MediaType.json, compression)
            #expect(
                try await objects.read(object, .plain, range)
                    == Array(plain[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
    }

    @Test("is given out in ranges of what is kept")
    func stored() async throws {
        try await withObjects { objects async throws in
            for compression in [Policy.Compression.always, .never] {
                let object = try await objects.write(text(900_000), compression)
                let whole = try await objects.read(object, .stored)
                #expect(Int64(whole.count) == object.storedSize)
                #expect(try await objects.read(object, .stored, 10..<20) == Array(whole[10..<20]))
                if object.encoding == .gzip { #expect(try Gzip.decode(whole, limit: 900_000) == text(900_000)) }
            }
        }
    }

    @Test("comes in pieces that a connection can hold, however far it unpacks")
    func pieces() async throws {
        try await withObjects { objects async throws in
            let object = try await objects.write([UInt8](repeating: 7, count: 5_000_000), .always)
            #expect(object.storedSize < 50_000)
            let reader = ContentReader(
                try await objects.open(object.digest, object.encoding, size: object.size), .plain, pool: objects.pool)
            var count = 0
            while let piece = try await reader.next() {
                #expect((1...524_288).contains(piece.readableBytes))
                count += piece.readableBytes
            }
            #expect(count == 5_000_000)
        }
    }

    @Test("of a removed object stays readable to those who have it open")
    func removed() async throws {
        try await withObjects { objects async throws in
            let object = try await objects.write(noise(800_000))
            let reader = ContentReader(
                try await objects.open(object.digest, .identity, size: object.size), .plain, pool: objects.pool)
            try objects.remove(object.digest, .identity)
            #expect(try await reader.collect() == noise(800_000))
            let error = await #expect(throws: LarderError.self) { try await objects.read(object) }
            #expect(error?.code == .corruptEntry)
        }
    }

    @Test(
        "that grew shorter under an open reader is reported, not made up",
        arguments: [Policy.Compression.always, .never])
    func shortened(compression: Policy.Compression) async throws {
        try await withObjects { objects async throws in
            let object = try await objects.write(noise(2_000_000), compression)
            let reader = ContentReader(
                try await objects.open(object.digest, object.encoding, size: object.size), .plain, pool: objects.pool)
            _ = try await reader.next()
            #expect(truncate(objects.path(object.digest, object.encoding), 1_000) == 0)
            let error = await #expect(throws: LarderError.self) { try await reader.collect() }
            #expect(error?.code == .corruptEntry)
        }
    }
}

@Suite("Damage to an object's file")
struct ObjectDamageTests {
    enum Damage: CaseIterable { case missing, empty, shortened, lengthened, oneBit, otherContent }

    @Test(
        "is reported and not served, also when the file was read before", arguments: Damage.allCases,
        [Policy.Compression.always, .never])
    func noticed(damage: Damage, compression: Policy.Compression) async throws {
        try await withObjects { objects async throws in
            let plain = text(1_100_000)
            let object = try await objects.write(plain, compression)
            #expect(try await objects.read(object) == plain)
            #expect(try await objects.read(object) == plain)
            let path = objects.path(object.digest, object.encoding)
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

    @Test("does not show in a file that only looks changed")
    func touched() async throws {
        try await withObjects { objects async throws in
            let object = try await objects.write(noise(100_000))
            #expect(try await objects.read(object).count == 100_000)
            try change(objects.path(object.digest, object.encoding)) { $0 }
            #expect(try await objects.read(object) == noise(100_000))
        }
    }

    @Test("also counts when the size is not the one that the index has")
    func wrongSize() async throws {
        try await withObjects { objects async throws in
            let object = try await objects.write(text(100_000), .always)
            try change(objects.path(object.digest, object.encoding)) { $0 }
            for size: Int64 in [0, 99_999, 100_001] {
                let error = await #expect(throws: LarderError.self) {
                    try await objects.open(object.digest, .gzip, size: size)
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

    private func stamp(_ path: String) throws -> FileStamp {
        let descriptor = try FileSystem.open(path, O_RDONLY)
        defer { FileSystem.close(descriptor) }
        return try FileStamp(descriptor, path: path)
    }
}
