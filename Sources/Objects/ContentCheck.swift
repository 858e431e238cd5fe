import struct Crypto.SHA256
import Gzip
import LarderModel
import NIOCore

/// A pass over an object's stored bytes that compares them with its name.
struct ContentCheck {
    private let digest: Digest
    private let size: Int64
    private let decoder: GzipDecoder?
    private var hash = SHA256()
    private var plainCount: Int64 = 0

    /// - Parameter size: bytes of the plain content.
    init(_ digest: Digest, _ encoding: Encoding, size: Int64) {
        self.digest = digest
        self.size = size
        decoder = encoding == .gzip ? GzipDecoder() : nil
    }

    /// Takes the next stored bytes. Memory stays the same however far they inflate.
    /// - Throws: `LarderError` `.corruptEntry` when they can't be right.
    mutating func take(_ bytes: ByteBuffer) throws {
        do {
            try bytes.withUnsafeReadableBytes { input in
                guard let decoder else {
                    plainCount += Int64(input.count)
                    return hash.update(bufferPointer: input)
                }
                try decoder.decode(input, pieceSize: 256 << 10) { piece in
                    plainCount += Int64(piece.count)
                    guard plainCount <= size else { throw GzipDecoder.Failure.notGzip }
                    hash.update(bufferPointer: piece)
                }
            }
        } catch { throw ObjectStore.corrupt(digest, "not gzip: \(error)") }
    }

    /// All stored bytes were taken.
    /// - Throws: `LarderError` `.corruptEntry` when they are not the content of that name.
    func finish() throws {
        do { try decoder?.finish() } catch { throw ObjectStore.corrupt(digest, "not gzip: \(error)") }
        guard plainCount == size, Digest(Array(hash.finalize())) == digest else {
            throw ObjectStore.corrupt(digest, "its content does not hash to its name")
        }
    }
}
