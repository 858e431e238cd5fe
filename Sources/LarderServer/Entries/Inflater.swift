import LarderModel
import NIOCore
import ObjectFiles
import Synchronization

/// Undoes `Content-Encoding: gzip` of a request body, a piece of at most 64 KiB at a time (0.2 ms): however far a body inflates, the entry's
/// size limit ends it after one piece too many.
final class Inflater: Sendable {
    private let decoder = Mutex(Decoder())

    private struct Decoder: @unchecked Sendable {
        // Only ever used inside the mutex.
        let gzip = GzipDecoder()
    }

    private static let pieceSize = 64 << 10

    func take(_ input: ByteBuffer, _ consume: (ByteBuffer) async throws -> Void) async throws {
        var input = input
        while true {
            let (taken, plain) = try turn(input)
            input.moveReaderIndex(forwardBy: taken)
            if plain.readableBytes > 0 { try await consume(plain) }
            if input.readableBytes == 0 ? plain.readableBytes < Self.pieceSize : taken == 0 && plain.readableBytes == 0 { return }
        }
    }

    private func turn(_ input: ByteBuffer) throws -> (Int, ByteBuffer) {
        var plain = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
        var taken = 0
        do {
            try plain.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceSize) { target in
                let room = UnsafeMutableRawBufferPointer(rebasing: target[..<Self.pieceSize])
                let turn = try input.withUnsafeReadableBytes { bytes in try decoder.withLock { try $0.gzip.turn(bytes, into: room) } }
                taken = turn.taken
                return turn.produced
            }
        } catch { throw Self.malformed }
        return (taken, plain)
    }

    func finish() throws(LarderError) {
        do { try decoder.withLock { try $0.gzip.finish() } } catch { throw Self.malformed }
    }

    private static var malformed: LarderError {
        LarderError(.malformedRequest, "Content-Encoding says gzip, but the body is not whole gzip; nothing was stored.")
    }
}
