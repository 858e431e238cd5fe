import CLarderSystem
package import Glibc
package import LarderModel

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

        package var description: String {
            let reason =
                isOdd ? "it is a link, a folder or a device, not a plain file" : String(cString: strerror(errno))
            return "\(call) \(path): \(reason)"
        }
        package var isDiskFull: Bool { errno == ENOSPC || errno == EDQUOT }
        package var isMissing: Bool { errno == ENOENT }
        /// What lies there is no plain file.
        package var isOdd: Bool { [ELOOP, ENXIO, ENODEV, EISDIR].contains(errno) }
        /// Whether the process, or the machine, has as many files open as it may: that passes.
        package var isOutOfDescriptors: Bool { errno == EMFILE || errno == ENFILE }

        /// As the client is to hear of it.
        package var larderError: LarderError {
            if isDiskFull {
                return LarderError(
                    .diskFull, "The server's disk is full; nothing was written. Make room and try again.",
                    cause: description)
            }
            if isOutOfDescriptors {
                return LarderError(
                    .unavailable, "The server has as many files open as it may; try again in a moment.",
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

    /// Opens what is to be a plain file, and waits for nothing: a FIFO would wait for a writer, a device may give bytes
    /// without end, and a link leads elsewhere.
    /// - Throws: ``Failure``, ``Failure/isOdd`` when it is something else.
    package static func openFile(_ path: String, _ flags: Int32) throws(Failure) -> Int32 {
        let descriptor = try open(path, flags | O_NOFOLLOW | O_NONBLOCK)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Failure(call: "open", path: path, errno: ENODEV)
        }
        return descriptor
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

    /// A plain file's size, and when it was last written or moved; nil when there is none.
    package static func status(_ path: String) throws(Failure) -> (size: Int64, changedSeconds: Int64)? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw Failure(call: "lstat", path: path, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        return (Int64(status.st_size), Int64(max(status.st_mtim.tv_sec, status.st_ctim.tv_sec)))
    }

    /// Which file or folder a path leads to; nil: none.
    package static func identity(_ path: String) throws(Failure) -> FileIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Failure(call: "stat", path: path, errno: errno)
        }
        return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// Takes a file or folder away from everybody but its owner.
    /// - Returns: whether others had any right to it; false also where there is none.
    package static func keepForOwner(_ path: String) throws(Failure) -> Bool {
        let descriptor: Int32
        do { descriptor = try open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) } catch {
            if error.isMissing { return false }
            throw error
        }
        defer { close(descriptor) }
        var status = stat()
        _ = try check(fstat(descriptor, &status), "fstat", path)
        guard status.st_mode & 0o077 != 0 else { return false }
        _ = try check(fchmod(descriptor, status.st_mode & 0o700), "fchmod", path)
        return true
    }

    /// Whether others than its owner have any right to a plain file; false where there is none.
    /// - Throws: ``Failure``, ``Failure/isOdd`` for what is no plain file.
    package static func isOpenToOthers(_ path: String) throws(Failure) -> Bool {
        let descriptor: Int32
        do { descriptor = try openFile(path, O_RDONLY) } catch {
            if error.isMissing { return false }
            throw error
        }
        defer { close(descriptor) }
        var status = stat()
        _ = try check(fstat(descriptor, &status), "fstat", path)
        return status.st_mode & 0o077 != 0
    }

    /// Makes a file of our own, in the place of a leftover, or of a link that somebody has put there.
    package static func create(_ path: String) throws(Failure) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL
        do { return try open(path, flags) } catch {
            guard error.errno == EEXIST else { throw error }
            try remove(path)
            return try open(path, flags)
        }
    }

    /// Takes `size` bytes of the disk for a file of nothing.
    package static func makeFile(_ path: String, size: Int64) throws(Failure) {
        let descriptor = try create(path)
        defer { close(descriptor) }
        let problem = posix_fallocate(descriptor, 0, off_t(size))
        guard problem != 0 else { return }
        try? remove(path)
        throw Failure(call: "posix_fallocate", path: path, errno: problem)
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
    /// - Throws: ``Failure``, ``Failure/isOdd`` for what is no plain file.
    package static func readFile(_ path: String, limit: Int = 1 << 20) throws(Failure) -> [UInt8]? {
        let descriptor: Int32
        do { descriptor = try openFile(path, O_RDONLY) } catch {
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
        let descriptor = try create(temporary)
        defer { close(descriptor) }
        try bytes.withUnsafeBytes { try write($0, to: descriptor, path: temporary) }
        try sync(descriptor, path: temporary)
        try rename(temporary, to: path)
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try syncDirectory(parent.isEmpty ? "/" : parent)
    }
}
