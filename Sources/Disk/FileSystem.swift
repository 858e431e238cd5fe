import CLarderSystem
import Glibc
import LarderModel

/// The system calls Larder makes on its data files, with errors that say what failed. Every call here may block on the
/// disk: they are made on a ``DiskPool``'s threads or at start, never in a Swift task.
package enum FileSystem {
    /// A call that failed.
    package struct Failure: Error, CustomStringConvertible, Sendable {
        package let call: String
        package let path: String
        package let errno: Int32

        package init(call: String, path: String, errno: Int32) {
            self.call = call
            self.path = path
            self.errno = errno
        }

        package var description: String { "\(call) \(path): \(String(cString: strerror(errno)))" }
        package var isDiskFull: Bool { errno == ENOSPC || errno == EDQUOT }
        package var isMissing: Bool { errno == ENOENT }

        /// As the client is to hear of it.
        package var larderError: LarderError {
            if isDiskFull {
                return LarderError(
                    .diskFull, "The server's disk is full; nothing was written. Make room and try again.",
                    cause: description)
            }
            return LarderError(
                .internalError, "A file operation failed on the server; its log says which.", cause: description)
        }
    }

    /// An fsync or fdatasync that failed: the kernel may have thrown the data away and marked the pages clean, so a
    /// second try would lie. Whoever meets one stops taking writes until a restart.
    package struct SyncFailure: Error, CustomStringConvertible, Sendable {
        package let failure: Failure
        package var description: String { failure.description }
    }

    private static func check<T: SignedInteger>(_ result: T, _ call: String, _ path: String) throws(Failure) -> T {
        guard result >= 0 else { throw Failure(call: call, path: path, errno: errno) }
        return result
    }

    package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(Failure) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw Failure(call: "open", path: path, errno: errno) }
        }
    }

    package static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    /// Writes all of the bytes at the descriptor's position.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw Failure(call: "write", path: path, errno: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Reads up to `buffer.count` bytes at an offset; fewer only at the end of the file.
    package static func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, path: String
    ) throws(Failure) -> Int {
        var total = 0
        while total < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + total }, buffer.count - total, off_t(offset) + off_t(total))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(call: "pread", path: path, errno: errno)
            }
            total += count
        }
        return total
    }

    /// A file's size, and when it was last written or moved; nil when there is none.
    package static func status(_ path: String) throws(Failure) -> (size: Int64, changedSeconds: Int64)? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw Failure(call: "stat", path: path, errno: errno)
        }
        return (Int64(status.st_size), Int64(max(status.st_mtim.tv_sec, status.st_ctim.tv_sec)))
    }

    /// Asks the kernel to begin writing a range out, so that the fsync at the end finds little left to do. A hint:
    /// failure means nothing.
    package static func beginWriteback(_ descriptor: Int32, offset: Int64, count: Int64) {
        larder_begin_writeback(descriptor, offset, count)
    }

    package static func sync(_ descriptor: Int32, path: String) throws {
        guard fsync(descriptor) == 0 else {
            throw SyncFailure(failure: Failure(call: "fsync", path: path, errno: errno))
        }
    }

    package static func syncDirectory(_ path: String) throws {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    package static func rename(_ from: String, to: String) throws(Failure) {
        _ = try check(Glibc.rename(from, to), "rename", to)
    }

    /// Removing what is not there is no error.
    package static func remove(_ path: String) throws(Failure) {
        if unlink(path) != 0, errno != ENOENT { throw Failure(call: "unlink", path: path, errno: errno) }
    }

    /// - Returns: whether the directory is new.
    @discardableResult
    package static func makeDirectory(_ path: String) throws(Failure) -> Bool {
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else { throw Failure(call: "mkdir", path: path, errno: errno) }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw Failure(call: "mkdir", path: path, errno: ENOTDIR)
        }
        return false
    }

    /// Makes a directory and those above it.
    package static func makeDirectories(_ path: String) throws(Failure) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/" + part
            try makeDirectory(prefix)
        }
    }

    /// Names in a directory, without `.` and `..`, in no order.
    package static func list(_ path: String) throws(Failure) -> [String] {
        guard let directory = opendir(path) else { throw Failure(call: "opendir", path: path, errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Reads a small file whole. - Returns: nil when there is none.
    package static func readFile(_ path: String, limit: Int = 1 << 20) throws(Failure) -> [UInt8]? {
        let descriptor: Int32
        do { descriptor = try open(path, O_RDONLY) } catch {
            if error.isMissing { return nil }
            throw error
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count: Int
        do { count = try bytes.withUnsafeMutableBytes { try read(descriptor, into: $0, at: 0, path: path) } } catch {
            throw error as? Failure ?? Failure(call: "pread", path: path, errno: EIO)
        }
        bytes.removeLast(limit - count)
        return bytes
    }

    /// Makes a small file (0600) durably: a crash leaves the old file or the new one, whole.
    package static func writeFile(_ path: String, _ bytes: [UInt8]) throws {
        let temporary = path + ".new"
        let descriptor = try open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(descriptor) }
        do { try bytes.withUnsafeBytes { try write($0, to: descriptor, path: temporary) } }
        try sync(descriptor, path: temporary)
        try rename(temporary, to: path)
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try syncDirectory(parent.isEmpty ? "/" : parent)
    }
}
