import Gzip
import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import LarderHTTP

@Suite("A gzip body")
struct InflaterTests {
    private func text(_ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) } }
    private func packed(_ plain: [UInt8]) -> [UInt8] {
        plain.withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
    }

    private func inflate(_ bytes: [UInt8], pieceSize: Int, limit: Int = .max) throws -> [UInt8] {
        let inflater = Inflater(ratioMax: 200)
        var plain: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            inflater.take(ByteBuffer(bytes: bytes[start..<min(start + pieceSize, bytes.count)]))
            while let piece = try inflater.next() {
                #expect(piece.readableBytes <= 64 << 10)
                plain += Array(buffer: piece)
                if plain.count > limit { throw LarderError(.entryTooLarge, "enough") }
            }
        }
        try inflater.finish()
        return plain
    }

    @Test("is inflated however it comes", arguments: [1, 100, 1_000_000], [0, 1, 65_535, 65_536, 65_537, 200_000])
    func pieces(pieceSize: Int, size: Int) throws {
        #expect(try inflate(packed(text(size)), pieceSize: pieceSize) == text(size))
    }

    @Test("is left as soon as its reader has had enough")
    func bomb() {
        let packed = packed([UInt8](repeating: 0, count: 4_000_000))
        let error = #expect(throws: LarderError.self) {
            try inflate(packed, pieceSize: 1_000_000, limit: 100_000)
        }
        #expect(error?.code == .entryTooLarge)
    }

    @Test(
        "that is cut, damaged or none is malformed", arguments: ["cut", "damaged", "none", "empty", "more behind it"])
    func malformed(kind: String) {
        let packed = packed(text(10_000))
        let body: [UInt8] =
            switch kind {
            case "cut": Array(packed.dropLast())
            case "damaged": Array(packed.dropLast()) + [packed[packed.count - 1] ^ 1]
            case "none": "hello".bytes
            case "empty": []
            default: packed + "hello".bytes
            }
        let error = #expect(throws: LarderError.self) { try inflate(body, pieceSize: 1_000) }
        #expect(error?.code == .malformedRequest)
    }

    @Test(
        "Of codings only gzip is undone, in any case, and an unknown one is refused before anything is read",
        arguments: [
            (nil, ContentCoding.none), ("identity", .none), ("gzip", .gzip), ("GZip", .gzip), ("x-gzip", .gzip),
            ("br", .unknown("br")), ("gzip, gzip", .unknown("gzip, gzip")), ("", .unknown("")),
        ] as [(String?, ContentCoding)])
    func codings(field: String?, coding: ContentCoding) async throws {
        #expect(ContentCoding(field) == coding)
        let body = IncomingBody(ByteBuffer(bytes: packed(text(100_000))), coding)
        switch coding {
        case .none: #expect(try await body.collect(limit: 200_000) == packed(text(100_000)))
        case .gzip: #expect(try await body.collect(limit: 200_000) == text(100_000))
        case .unknown:
            let error = await #expect(throws: LarderError.self) { try await body.next() }
            #expect(error?.code == .unsupportedMediaType)
        }
    }

    @Test("What is collected is bounded by what it inflates to")
    func bounded() async throws {
        let body = IncomingBody(ByteBuffer(bytes: packed([UInt8](repeating: 0, count: 100_000))), .gzip)
        let error = await #expect(throws: LarderError.self) { try await body.collect(limit: 99_999) }
        #expect(error?.code == .entryTooLarge)
    }
}
