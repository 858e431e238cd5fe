import Glibc
import LarderModel

/// The data directory (contract §3), open and locked by this process. Closing the process gives the lock back.
package final class DataDirectory: Sendable {
    package let path: String
    private let lockDescriptor: Int32

    package var indexPath: String { path + "/index.sqlite" }
    package var adminTokenPath: String { path + "/admin.token" }
    package var signingKeyPath: String { path + "/signing.key" }
    /// Keys that were rotated out and still count for a while; made by the first rotation.
    package var olderSigningKeysPath: String { path + "/signing.key.older" }
    /// When the clock was last believed, in milliseconds since 1970.
    package var clockMarkPath: String { path + "/clock" }

    /// Makes the directory where it is missing, and locks it.
    /// - Parameter accepts: looks at the index's path, under the lock and before anything else is changed; what it
    ///   throws refuses the directory.
    /// - Throws: `LarderError` `.unavailable` when another process holds it, `.internalError` when it can't be used;
    ///   the message is for the person who started the server.
    package init(_ path: String, accepts: (_ indexPath: String) throws(LarderError) -> Void = { _ in })
        throws(LarderError)
    {
        self.path = path
        var lock: Int32 = -1
        do {
            try FileSystem.makeDirectories(path)
            lock = try FileSystem.open(path + "/lock", O_RDWR | O_CREAT)
            try Self.hold(lock, path: path)
            try accepts(path + "/index.sqlite")
            lockDescriptor = lock
            try FileSystem.syncDirectory(path)
        } catch {
            if lock >= 0 { FileSystem.close(lock) }
            if let error = error as? LarderError { throw error }
            throw LarderError(.internalError, "can't use the data directory \(path): \(error)")
        }
    }

    deinit { FileSystem.close(lockDescriptor) }

    private static func hold(_ lock: Int32, path: String) throws {
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = bytes.withUnsafeMutableBytes { pread(lock, $0.baseAddress, $0.count, 0) }
            let holder = String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 0x20 }, as: UTF8.self)
            throw LarderError(
                .unavailable,
                "the data directory \(path) is in use by another larder"
                    + (holder.isEmpty ? "" : " (pid \(holder))") + "; stop that one or choose another with --data")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(lock, 0) == 0 else {
            throw FileSystem.Failure(call: "ftruncate", path: path + "/lock", errno: errno)
        }
        try text.withUnsafeBytes { try FileSystem.write($0, to: lock, path: path + "/lock") }
    }

    /// Bytes free for us on the file system, and its size.
    package func space() throws(FileSystem.Failure) -> (free: Int64, total: Int64) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw FileSystem.Failure(call: "statvfs", path: path, errno: errno) }
        return (Int64(status.f_bavail) * Int64(status.f_frsize), Int64(status.f_blocks) * Int64(status.f_frsize))
    }
}
