import Gzip
import LarderModel
import LarderTestSupport
import Testing

@Suite("Gzip")
struct GzipTests {
    /// Where pieces of 64 KiB, 128 KiB and 512 KiB begin and end, and on both sides of them.
    static let sizes = [0, 1, 4_095, 4_096, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 524_288, 524_289]

    @Test("comes back as it was, whatever its size", arguments: sizes)
    func roundTrip(size: Int) throws {
        for plain in [text(size), noise(size), [UInt8](repeating: 0, count: size)] {
            let packed = plain.withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
            #expect(packed.prefix(2) == [0x1F, 0x8B])
            #expect(try Gzip.decode(packed, limit: size) == plain)
        }
    }

    @Test("comes back as it was when both sides work in pieces", arguments: [1, 3, 1_000, 131_072], [1, 7, 4_096])
    func pieces(inputSize: Int, pieceSize: Int) throws {
        let plain = text(3_000) + noise(1_000)
        let encoder = GzipEncoder()
        var packed: [UInt8] = []
        for start in stride(from: 0, to: plain.count, by: inputSize) {
            plain[start..<min(start + inputSize, plain.count)].withUnsafeBytes {
                encoder.encode($0, finish: false, into: &packed)
            }
        }
        encoder.encode(UnsafeRawBufferPointer(start: nil, count: 0), finish: true, into: &packed)
        let decoder = GzipDecoder()
        var back: [UInt8] = []
        for start in stride(from: 0, to: packed.count, by: inputSize) {
            try packed[start..<min(start + inputSize, packed.count)].withUnsafeBytes { input in
                try decoder.decode(input, pieceSize: pieceSize) {
                    #expect($0.count <= pieceSize)
                    back.append(contentsOf: $0)
                }
            }
        }
        try decoder.finish()
        #expect(back == plain)
    }

    @Test("is the same from an encoder that was used before")
    func reset() throws {
        let encoder = GzipEncoder()
        let first = text(5_000).withUnsafeBytes { Gzip.encode($0, with: encoder) }
        _ = noise(70_000).withUnsafeBytes { Gzip.encode($0, with: encoder) }
        #expect(text(5_000).withUnsafeBytes { Gzip.encode($0, with: encoder) } == first)
    }

    @Test("of several members is their contents, one after another")
    func members() throws {
        let encoder = GzipEncoder()
        let packed =
            text(100).withUnsafeBytes { Gzip.encode($0, with: encoder) }
            + noise(100).withUnsafeBytes { Gzip.encode($0, with: encoder) }
        #expect(try Gzip.decode(packed, limit: 200) == text(100) + noise(100))
    }

    @Test("that unpacks to more than there may be is refused", arguments: [0, 1, 65_535, 65_536, 999_999])
    func bomb(limit: Int) throws {
        let packed = [UInt8](repeating: 0, count: 1_000_000).withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
        let error = try #require(throws: LarderError.self) { try Gzip.decode(packed, limit: limit) }
        #expect(error.code == .corruptEntry)
    }

    @Test("that expands far is given out a piece at a time, and its reader may stop")
    func bombInPieces() throws {
        let packed = [UInt8](repeating: 0, count: 1 << 20).withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
        #expect(packed.count < 10_000)
        struct Enough: Error {}
        var pieces: [Int] = []
        #expect(throws: Enough.self) {
            try packed.withUnsafeBytes { input in
                try GzipDecoder().decode(input, pieceSize: 4_096) {
                    pieces.append($0.count)
                    if pieces.count == 3 { throw Enough() }
                }
            }
        }
        #expect(pieces == [4_096, 4_096, 4_096])
    }

    @Test("cut anywhere is refused")
    func truncated() throws {
        let plain = text(3_000)
        let packed = plain.withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
        for count in 0..<packed.count {
            #expect(throws: LarderError.self, "cut to \(count) of \(packed.count) bytes") {
                try Gzip.decode(Array(packed.prefix(count)), limit: 3_000)
            }
        }
        #expect(try Gzip.decode(packed, limit: 3_000) == plain)
    }

    @Test("with any byte of its content or checksum changed never comes back as if it were right")
    func corrupt() throws {
        let plain = text(3_000)
        let packed = plain.withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
        // The first ten bytes are the header, where time and system may be anything.
        for at in 10..<packed.count {
            var damaged = packed
            damaged[at] ^= 0x10
            #expect((try? Gzip.decode(damaged, limit: 3_000)) == nil, "byte \(at)")
        }
    }

    @Test(
        "followed by something else, or something else altogether, is refused",
        arguments: ["PK\u{3}\u{4}", "plain text", "\u{1F}"])
    func foreign(text: String) throws {
        let packed = Array("hello".utf8).withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
        for bytes in [Array(text.utf8), packed + Array(text.utf8)] {
            let error = try #require(throws: LarderError.self) { try Gzip.decode(bytes, limit: 1_000) }
            #expect(error.code == .corruptEntry)
        }
    }

    @Test("of which nothing has come is not whole")
    func nothing() throws {
        let decoder = GzipDecoder()
        try UnsafeRawBufferPointer(start: nil, count: 0).withMemoryRebound(to: UInt8.self) {
            try decoder.decode(UnsafeRawBufferPointer($0)) { _ in }
        }
        #expect(throws: GzipDecoder.Failure.truncated) { try decoder.finish() }
    }
}
