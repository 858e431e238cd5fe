import Glibc
package import LarderModel
import Synchronization

/// The data directory (contract §3), open and locked by this process. ``release()`` gives the lock back, or the end of
/// the process.
package final class DataDirectory: Sendable {
    package let path: String
    /// -1: it was given back.
    private let lockDescriptor: Atomic<Int32>

    package var indexPath: String { Self.indexPath(in: path) }
    package static func indexPath(in path: String) -> String { path + "/index.sqlite" }
    package var adminTokenPath: String { path + "/admin.token" }
    package var signingKeyPath: String { path + "/signing.key" }
    /// Keys that were rotated out and still count for a while; made by the first rotation.
    package var olderSigningKeysPath: String { path + "/signing.key.older" }
    /// What is being received; emptied at start.
    package var incomingPath: String { path + "/incoming" }
    /// What tells this Larder from others in a repository of snapshots, for who works without a server.
    package var larderIDPath: String { Self.larderIDPath(in: path) }
    package static func larderIDPath(in path: String) -> String { path + "/larder.id" }
    /// Policies that came with a restored snapshot: they count where `--stores` names no others.
    package static func policiesPath(in path: String) -> String { path + "/Stores" }
    /// When the clock was last believed, in milliseconds since 1970.
    package var clockMarkPath: String { path + "/clock" }

    /// What the opening found of another state for the directory, and did about it.
    package let settlement: Settlement

    /// What was opened, for ``movedAway()``.
    private let opened = Mutex<[String: FileIdentity]>([:])

    /// Makes the directory where it is missing, and locks it.
    /// - Parameter accepts: looks at it, under the lock and before anything else is changed; what it throws refuses the
    ///   directory.
    /// - Throws: `LarderError` `.unavailable` when another process holds it, `.internalError` when it can't be used;
    ///   the message is for the person who started the server.
    package init(_ path: String, accepts: (DataDirectory) throws(LarderError) -> Void = { _ in }) throws(LarderError) {
        self.path = path
        let lock: Int32
        do { lock = try Self.lock(path) } catch { throw Self.refusal(path, error) }
        lockDescriptor = Atomic(lock)
        do { settlement = try Self.settle(path) } catch {
            FileSystem.close(lock)
            throw Self.refusal(path, error)
        }
        try accepts(self)
        do {
            try FileSystem.syncDirectory(path)
            try remember([path + "/lock"])
        } catch { throw Self.refusal(path, error) }
    }

    deinit { release() }

    /// Gives the lock back: another process, or this one, may have the directory. Nothing in it is touched from then
    /// on.
    package func release() {
        let descriptor = lockDescriptor.exchange(-1, ordering: .acquiringAndReleasing)
        if descriptor >= 0 { FileSystem.close(descriptor) }
    }

    private static func refusal(_ path: String, _ error: any Error) -> LarderError {
        error as? LarderError ?? LarderError(.internalError, "can't use the data directory \(path): \(error)")
    }

    private static func lock(_ path: String) throws -> Int32 {
        try FileSystem.makeDirectories(path)
        let lock = try FileSystem.openFile(path + "/lock", O_RDWR | O_CREAT)
        do { try hold(lock, path: path) } catch {
            FileSystem.close(lock)
            throw error
        }
        return lock
    }

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

    /// What is left on the file system.
    package func space() throws(FileSystem.Failure) -> DiskRoom {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw FileSystem.Failure(call: "statvfs", path: path, errno: errno) }
        return DiskRoom(
            free: Int64(status.f_bavail) * Int64(status.f_frsize),
            total: Int64(status.f_blocks) * Int64(status.f_frsize),
            freeFiles: status.f_files == 0 ? nil : Int64(clamping: status.f_favail))
    }

    // MARK: Who else is at work here

    /// Takes the directory and the secrets in it away from everybody but their owner.
    /// - Returns: what others had a right to, and why it could not be taken where it could not.
    package func closeDoors() -> [(path: String, problem: FileSystem.Failure?)] {
        var open: [(path: String, problem: FileSystem.Failure?)] = []
        for path in [path, adminTokenPath, signingKeyPath, olderSigningKeysPath] {
            do { if try FileSystem.keepForOwner(path) { open.append((path, nil)) } } catch {
                open.append((path, error))
            }
        }
        return open
    }

    /// Remembers which files and folders these are, as long as this process has them open. What is missing is passed
    /// over.
    package func remember(_ paths: [String]) throws(FileSystem.Failure) {
        for path in paths {
            guard let identity = try FileSystem.identity(path) else { continue }
            opened.withLock { $0[path] = identity }
        }
    }

    /// A path at which what was opened does not lie any more: the directory was moved, or another one put in its place,
    /// and whatever is written now goes astray. nil: all is where it was, as far as can be told. Blocks.
    package func movedAway() -> String? {
        opened.withLock { $0 }.first { path, identity in
            do { return try FileSystem.identity(path) != identity } catch { return false }
        }?.key
    }
}
