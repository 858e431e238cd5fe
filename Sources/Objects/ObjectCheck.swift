import Disk
import LarderModel
import Synchronization

/// Reads an object's whole file and compares it with its name, whatever was known of it before. Used by one task at a
/// time.
package final class ObjectCheck: Sendable {
    private let pool: DiskPool
    private let check: Mutex<ContentCheck>
    /// Of the file as it was opened.
    package let stamp: FileStamp

    private init(_ reader: ObjectReader, pool: DiskPool) throws {
        self.pool = pool
        stamp = reader.stamp
        check = try Mutex(ContentCheck(reader))
    }

    /// Opens the file.
    /// - Throws: `LarderError` `.corruptEntry` when it is missing.
    package static func begin(_ name: ObjectFileName, size: Int64, in store: ObjectStore) async throws -> ObjectCheck {
        let path = store.path(name.digest, name.encoding)
        return try await store.pool.run {
            try ObjectCheck(ObjectStore.openFile(path, name.digest, name.encoding, size: size), pool: store.pool)
        }
    }

    /// Reads and hashes the next megabyte.
    /// - Returns: whether that was all, and it is right.
    /// - Throws: `LarderError` `.corruptEntry` when it is not; `.internalError` when the disk can't read it.
    package func step() async throws -> Bool { try await pool.run { [self] in try check.withLock { try $0.step() } } }

    /// Stored bytes read so far.
    package var bytesRead: Int64 { check.withLock { $0.offset } }
}
