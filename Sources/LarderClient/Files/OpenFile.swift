import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file descriptor with its path, for messages. Every call that could wait runs on NIO's thread pool.
final class OpenFile: Sendable {
    private let descriptor: Int32
    private let closes: Bool
    let path: String

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.closes = true
        self.path = path
    }

    /// A descriptor of the process (0, 1, 2), which stays open.
    init(borrowing descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.closes = false
        self.path = path
    }

    deinit { if closes { _ = close(descriptor) } }

    /// - Parameter mode: the permissions of a file that is made, before the umask.
    /// - Throws: ``LarderClientError`` `fileError`.
    static func open(_ path: String, flags: Int32, mode: mode_t = 0o666) async throws -> OpenFile {
        try await onPool {
            let descriptor = retrying { systemOpen(path, flags | O_CLOEXEC, mode) }
            guard descriptor >= 0 else { throw SystemError.file(path, errno) }
            return OpenFile(descriptor: descriptor, path: path)
        }
    }

    /// Size in bytes and whether it is a regular file (only then is there a size worth the name).
    func status() async throws -> (size: Int64, isRegular: Bool, mode: mode_t) {
        try await Self.onPool { [self] in
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw SystemError.file(path, errno) }
            return (Int64(status.st_size), status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o7777)
        }
    }

    /// Nil at the end.
    func read(upTo count: Int) async throws -> ByteBuffer? {
        try await Self.onPool { [self] in
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            var failure: Int32 = 0
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                let got = Self.retrying { systemRead(descriptor, space.baseAddress, count) }
                if got < 0 { failure = errno }
                return max(0, got)
            }
            guard failure == 0 else { throw SystemError.file(path, failure) }
            return got == 0 ? nil : buffer
        }
    }

    /// Writes all of it.
    func write(_ buffer: ByteBuffer) async throws {
        try await Self.onPool { [self] in
            try buffer.withUnsafeReadableBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = UnsafeRawBufferPointer(rebasing: rest)
                    let written = Self.retrying { systemWrite(descriptor, piece.baseAddress, piece.count) }
                    guard written >= 0 else {
                        if errno == EPIPE { throw LarderClientError(.brokenPipe, "\(path): its reader has gone.") }
                        throw SystemError.file(path, errno)
                    }
                    rest = rest.dropFirst(written)
                }
            }
        }
    }

    /// Waits until the content is on the disk.
    func synchronize() async throws {
        try await Self.onPool { [self] in
            guard fsync(descriptor) == 0 else { throw SystemError.file(path, errno) }
        }
    }

    /// - Parameter seconds: since 1970.
    func setModified(_ seconds: Double) async throws {
        try await Self.onPool { [self] in
            let whole = seconds.rounded(.down)
            let time = timespec(tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1e9))
            guard futimens(descriptor, [time, time]) == 0 else { throw SystemError.file(path, errno) }
        }
    }

    func setMode(_ mode: mode_t) async throws {
        try await Self.onPool { [self] in
            guard fchmod(descriptor, mode) == 0 else { throw SystemError.file(path, errno) }
        }
    }

    /// A call that may wait for a disk, off the tasks' threads. Any wait that it has is the system's.
    static func onPool<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    /// Repeats a call that a signal interrupted.
    private static func retrying<N: FixedWidthInteger>(_ call: () -> N) -> N {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}

private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func systemRead(_ descriptor: Int32, _ to: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, to, count)
}
private func systemWrite(_ descriptor: Int32, _ from: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, from, count)
}
