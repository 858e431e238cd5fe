import Gzip
import LarderModel
import LarderTestSupport
import NIOCore
import ObjectConformance
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
            let reader = ContentReader(try await objects.open(object), .plain)
            var count = 0
            while let piece = try await reader.next() {
                #expect((1...524_288).contains(piece.readableBytes))
                count += piece.readableBytes
            }
            #expect(count == 5_000_000)
        }
    }

    private struct Inline: Error {}

    @Test("of a removed object stays readable to those who have it open")
    func removed() async throws {
        try await withObjects { objects async throws in
            let object = try await objects.write(noise(800_000))
            let reader = ContentReader(try await objects.open(object), .plain)
            guard case .stored(let locator, _) = object.content else { throw Inline() }
            object.releaseClaim()
            #expect(try await objects.remove(locator, unless: { false }))
            #expect(try await reader.collect() == noise(800_000))
            let error = await #expect(throws: LarderError.self) { try await objects.read(object) }
            #expect(error?.code == .corruptEntry)
        }
    }
}
