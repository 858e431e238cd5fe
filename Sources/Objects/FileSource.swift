package import Disk
package import NIOCore

/// An object's file, open. Closed when the last reference goes.
package final class FileSource: ObjectSource {
    package let stamp: ObjectStamp
    private let path: String
    private let descriptor: Int32
    private let pool: DiskPool

    /// Blocks. Takes the descriptor over, also when it throws.
    /// - Throws: ``FileSystem/Failure``.
    package init(_ path: String, descriptor: Int32, pool: DiskPool) throws(FileSystem.Failure) {
        do { stamp = try ObjectStamp(ofFile: descriptor, path: path) } catch {
            FileSystem.close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        self.pool = pool
    }

    deinit { FileSystem.close(descriptor) }

    package func read(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer {
        try await pool.run { [self] in
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            do {
                try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                    try FileSystem.read(
                        descriptor, into: UnsafeMutableRawBufferPointer(rebasing: target[..<count]), at: offset,
                        path: path)
                }
            } catch let failure as FileSystem.Failure { throw failure.larderError }
            return buffer
        }
    }
}
