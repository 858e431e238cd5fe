import Hashing
import Gzip
import LarderModel
import NIOCore

/// Compresses, and at once inflates and hashes what came out (promise 3): one pass over the data instead of two.
final class Packer {
    private let encoder = GzipEncoder()
    private let decoder = GzipDecoder()
    private var hash = SHA256()

    func pack(_ plain: UnsafeRawBufferPointer, finish: Bool) throws -> ByteBuffer {
        var output = ByteBuffer()
        encoder.encode(plain, finish: finish, into: &output)
        try output.withUnsafeReadableBytes { bytes in
            try decoder.decode(bytes, pieceSize: 256 << 10) { hash.update(bufferPointer: $0) }
        }
        return output
    }

    /// - Returns: the last compressed bytes.
    /// - Throws: `LarderError` `.internalError` when all of them together do not unpack to that content.
    func finish(expecting digest: Digest) throws -> ByteBuffer {
        let last = try pack(UnsafeRawBufferPointer(start: nil, count: 0), finish: true)
        try decoder.finish()
        guard Digest(hash.finalize()) == digest else {
            throw LarderError(
                .internalError, "Compression on the server went wrong; nothing was stored.",
                cause: "\(digest) did not unpack")
        }
        return last
    }
}
