import Gzip
package import LarderModel
package import NIOCore

/// Undoes `Content-Encoding: gzip` of a request's body, a piece of at most 64 KiB at a time (0.2 ms): however far a
/// body inflates, its reader's limit ends it after one piece too many, and a body that inflates beyond all measure of
/// its own size is refused before that.
package final class Inflater {
    private let gzip = GzipDecoder()
    private let ratioMax: Int64
    private var input = ByteBuffer()
    /// Whether the input, or the decoder itself, may have more to give.
    private var isBusy = false
    private var taken: Int64 = 0
    private var produced: Int64 = 0

    package static let pieceSize = 64 << 10

    /// - Parameter ratioMax: how many times its size a body may inflate to, beyond the first
    ///   ``ServerLimits/inflateFree``.
    package init(ratioMax: Int) { self.ratioMax = Int64(ratioMax) }

    /// Takes the next bytes of the body, when ``next()`` has given all that came of the last ones.
    package func take(_ input: ByteBuffer) {
        self.input = input
        isBusy = true
    }

    /// - Returns: the next plain bytes; nil: more input is needed.
    /// - Throws: `LarderError` `.malformedRequest`, `.entryTooLarge`.
    package func next() throws(LarderError) -> ByteBuffer? {
        while isBusy {
            let (taken, plain) = try turn()
            input.moveReaderIndex(forwardBy: taken)
            isBusy =
                input.readableBytes > 0
                ? taken > 0 || plain.readableBytes > 0 : plain.readableBytes == Self.pieceSize
            if plain.readableBytes > 0 { return plain }
        }
        return nil
    }

    /// The body has ended.
    /// - Throws: `LarderError` `.malformedRequest` when it is not whole.
    package func finish() throws(LarderError) {
        do { try gzip.finish() } catch { throw Self.malformed }
    }

    private func turn() throws(LarderError) -> (Int, ByteBuffer) {
        var plain = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
        var count = 0
        do {
            try plain.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceSize) { target in
                let room = UnsafeMutableRawBufferPointer(rebasing: target[..<Self.pieceSize])
                let turn = try input.withUnsafeReadableBytes { try gzip.turn($0, into: room) }
                count = turn.taken
                return turn.produced
            }
        } catch { throw Self.malformed }
        taken += Int64(count)
        produced += Int64(plain.readableBytes)
        guard produced - ServerLimits.inflateFree <= ratioMax * taken else {
            throw LarderError(
                .entryTooLarge,
                "The gzip body inflates to more than \(ratioMax) times its size; send it without Content-Encoding. "
                    + "Nothing was stored.",
                limit: .inflateRatio)
        }
        return (count, plain)
    }

    private static var malformed: LarderError {
        LarderError(
            .malformedRequest, "Content-Encoding says gzip, but the body is not whole gzip; nothing was stored.")
    }
}
