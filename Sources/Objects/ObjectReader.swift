import Disk
import LarderModel
import NIOCore

/// An object's file, open. The bytes stay readable even when the object is removed meanwhile. Closed when the last
/// reference goes.
package final class ObjectReader: Sendable {
    private let path: String
    package let descriptor: Int32
    package let digest: Digest
    package let encoding: Encoding
    /// Bytes of the plain content.
    package let size: Int64
    let stamp: FileStamp

    /// Bytes in the file.
    package var storedSize: Int64 { stamp.size }

    init(path: String, descriptor: Int32, digest: Digest, encoding: Encoding, size: Int64, stamp: FileStamp) {
        self.path = path
        self.descriptor = descriptor
        self.digest = digest
        self.encoding = encoding
        self.size = size
        self.stamp = stamp
    }

    deinit { FileSystem.close(descriptor) }

    /// Bytes as they are kept; fewer than `count` only at the end. Blocks.
    package func readStored(at offset: Int64, count: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        do {
            try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                try FileSystem.read(
                    descriptor, into: UnsafeMutableRawBufferPointer(rebasing: target[..<count]), at: offset, path: path)
            }
        } catch let failure as FileSystem.Failure {
            throw failure.larderError
        }
        return buffer
    }
}
