import Disk
import LarderModel
package import NIOCore
import Objects
import Synchronization

/// Gives out a large content in the form that it is kept in, from front to back in pieces of at most 512 KiB. Used by
/// one task at a time.
package final class RepositoryReader: Sendable {
    private let source: any ObjectSource
    private let pool: DiskPool
    private let check: RunningCheck
    private let offset = Mutex<Int64>(0)

    init(_ source: any ObjectSource, _ check: RunningCheck, pool: DiskPool) {
        self.source = source
        self.check = check
        self.pool = pool
    }

    /// Bytes in that form.
    package var storedSize: Int64 { source.stamp.size }

    /// The next piece; nil at the end, when all that was given out is known to be right.
    /// - Throws: `LarderError` `.corruptEntry` when it is not.
    package func next() async throws -> ByteBuffer? {
        let position = offset.withLock { $0 }
        let piece =
            position < storedSize
            ? try await source.read(at: position, count: Repository.pieceSize, goingOnTo: storedSize) : ByteBuffer()
        try await pool.run { [check] in
            if piece.readableBytes > 0 { try check.take(piece) } else { try check.finish() }
        }
        offset.withLock { $0 += Int64(piece.readableBytes) }
        return piece.readableBytes > 0 ? piece : nil
    }
}
