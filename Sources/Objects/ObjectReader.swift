import Disk
package import LarderModel
import NIOCore

/// An object, open, with what is known of its content.
package struct ObjectReader: Sendable {
    package let digest: Digest
    package let encoding: Encoding
    /// Bytes of the plain content.
    package let size: Int64
    private let source: any ObjectSource
    /// Where its content is hashed and inflated.
    let pool: DiskPool

    init(_ locator: ObjectLocator, size: Int64, _ source: any ObjectSource, pool: DiskPool) {
        digest = locator.digest
        encoding = locator.encoding
        self.size = size
        self.source = source
        self.pool = pool
    }

    /// Bytes as kept.
    package var storedSize: Int64 { source.stamp.size }
    package var stamp: ObjectStamp { source.stamp }

    /// Bytes as they are kept; fewer than `count` only at the end.
    /// - Parameter end: where the reader will stop.
    func readStored(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer {
        try await source.read(at: offset, count: count, goingOnTo: end)
    }
}
