import Hashing
import Gzip
package import LarderModel
package import NIOCore

/// A pass over an object's stored bytes that compares them with its name.
package struct ContentCheck {
    private let digest: Digest
    private let size: Int64
    private let decoder: GzipDecoder?
    private var hash = SHA256()
    private var plainCount: Int64 = 0

    /// - Parameter size: bytes of the plain content.
    package init(_ digest: Digest, _ encoding: Encoding, size: Int64) {
        self.digest = digest
        self.size = size
        decoder = encoding == .gzip ? GzipDecoder() : nil
    }

    /// Takes the next stored bytes. Memory stays the same however far they inflate.
    /// - Throws: `LarderError` `.corruptEntry` when they can't be right.
    package mutating func take(_ bytes: ByteBuffer) throws {
        do {
            try bytes.withUnsafeReadableBytes { input in
                guard let decoder else { return try takePlain(input) }
                try decoder.decode(input, pieceSize: 256 << 10) { piece in
                    try takePlain(piece)
                }
            }
        } catch let error as LarderError { throw error } catch {
            throw ObjectStore.corrupt(digest, "not gzip: \(error)")
        }
    }

    /// Content that goes on behind its end is wrong, however much more of it there is.
    private mutating func takePlain(_ bytes: UnsafeRawBufferPointer) throws(LarderError) {
        plainCount += Int64(bytes.count)
        guard plainCount <= size else { throw ObjectStore.corrupt(digest, "it has more than \(size) bytes") }
        hash.update(bufferPointer: bytes)
    }

    /// All stored bytes were taken.
    /// - Throws: `LarderError` `.corruptEntry` when they are not the content of that name.
    package func finish() throws {
        do { try decoder?.finish() } catch { throw ObjectStore.corrupt(digest, "not gzip: \(error)") }
        guard plainCount == size, Digest(hash.finalize()) == digest else {
            throw ObjectStore.corrupt(digest, "its content does not hash to its name")
        }
    }
}
