import Gzip
import LarderHTTP
import LarderModel
import NIOCore
import Synchronization

/// Undoes `Content-Encoding: gzip` of a request body, a piece of at most 64 KiB at a time (0.2 ms): however far a body
/// inflates, the entry's size limit ends it after one piece too many, and a body that inflates beyond all measure of
/// its own size is refused before that.
final class Inflater: Sendable {
    private let decoder = Mutex(Decoder())
    private let ratioMax: Int64

    /// - Parameter ratioMax: how many times its size a body may inflate to, beyond the first
    ///   ``ServerLimits/inflateFree``.
    init(ratioMax: Int) { self.ratioMax = Int64(ratioMax) }

    private struct Decoder: @unchecked Sendable {
        // Only ever used inside the mutex.
        let gzip = GzipDecoder()
        var taken: Int64 = 0
        var produced: Int64 = 0
    }

    private static let pieceSize = 64 << 10

    func take(_ input: ByteBuffer, _ consume: (ByteBuffer) async throws -> Void) async throws {
        var input = input
        while true {
            let (taken, plain) = try turn(input)
            input.moveReaderIndex(forwardBy: taken)
            if plain.readableBytes > 0 { try await consume(plain) }
            if input.readableBytes == 0 ? plain.readableBytes < Self.pieceSize : taken == 0 && plain.readableBytes == 0
            {
                return
            }
        }
    }

    private func turn(_ input: ByteBuffer) throws -> (Int, ByteBuffer) {
        var plain = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
        var taken = 0
        var isBomb = false
        do {
            try plain.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceSize) { target in
                let room = UnsafeMutableRawBufferPointer(rebasing: target[..<Self.pieceSize])
                let turn = try input.withUnsafeReadableBytes { bytes in
                    try decoder.withLock { decoder in
                        let turn = try decoder.gzip.turn(bytes, into: room)
                        decoder.taken += Int64(turn.taken)
                        decoder.produced += Int64(turn.produced)
                        isBomb = decoder.produced - ServerLimits.inflateFree > ratioMax * decoder.taken
                        return turn
                    }
                }
                taken = turn.taken
                return turn.produced
            }
        } catch { throw Self.malformed }
        guard !isBomb else {
            throw LarderError(
                .entryTooLarge,
                "The gzip body inflates to more than \(ratioMax) times its size; send it without Content-Encoding. "
                    + "Nothing was stored.",
                limit: .inflateRatio)
        }
        return (taken, plain)
    }

    func finish() throws(LarderError) {
        do { try decoder.withLock { try $0.gzip.finish() } } catch { throw Self.malformed }
    }

    private static var malformed: LarderError {
        LarderError(
            .malformedRequest, "Content-Encoding says gzip, but the body is not whole gzip; nothing was stored.")
    }
}
