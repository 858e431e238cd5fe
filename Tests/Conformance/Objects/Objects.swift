import LarderModel
import NIOCore
import Objects
import Testing

/// A digest that begins with a byte of choice. What is placed under it is anything: a backend does not look.
func digest(_ first: UInt8, _ rest: UInt8 = 0) throws -> Digest {
    try #require(Digest([first] + [UInt8](repeating: rest, count: Digest.byteCount - 1)))
}

/// Bytes that differ from place to place.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}

extension ObjectBackend {
    /// Places content that is given in pieces.
    @discardableResult
    func place(
        _ content: [UInt8], as digest: Digest, _ encoding: Encoding = .identity, pieceSize: Int = 512 << 10
    ) async throws -> (locator: ObjectLocator, stamp: ObjectStamp) {
        let sink = makeSink()
        for start in stride(from: 0, to: content.count, by: pieceSize) {
            try await sink.write(ByteBuffer(bytes: content[start..<min(start + pieceSize, content.count)]))
        }
        return try await sink.place(as: digest, encoding)
    }

    /// An object's whole content; nil when there is none.
    func read(_ locator: ObjectLocator) async throws -> [UInt8]? { try await open(locator)?.readAll() }
}

extension ObjectSource {
    func readAll() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try await read(at: Int64(bytes.count), count: 512 << 10)
            guard piece.readableBytes > 0 else { return bytes }
            bytes += Array(buffer: piece)
        }
    }
}
