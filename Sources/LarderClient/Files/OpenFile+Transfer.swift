import LarderModel
import NIOCore

import Hashing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What imports and exports do with files, beside reading and writing.
extension OpenFile {
    static let readOnly = O_RDONLY
    /// Makes a file of our own in the place of whatever lies there: a leftover, or a link that would lead elsewhere.
    static func anew(_ path: String) async throws -> OpenFile {
        try await remove(path)
        return try await open(path, flags: O_WRONLY | O_CREAT | O_EXCL)
    }

    /// A small file in memory, in one hop.
    /// - Throws: ``LarderClientError`` `fileError` when it can't be read or has grown beyond `maxBytes`.
    static func whole(_ path: String, upTo maxBytes: Int) async throws -> ByteBuffer {
        try await onPool {
            let descriptor = openFile(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemError.file(path, errno) }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw SystemError.file(path, errno) }
            guard Int64(status.st_size) <= Int64(maxBytes) else {
                throw LarderClientError(.fileError, "\(path) grew while it was read.")
            }
            let size = Int(status.st_size)
            var buffer = ByteBufferAllocator().buffer(capacity: size)
            while buffer.readableBytes < size {
                let wanted = size - buffer.readableBytes
                var failure: Int32 = 0
                let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { space in
                    let got = readFile(descriptor, space.baseAddress, wanted)
                    if got < 0 { failure = errno }
                    return max(0, got)
                }
                if failure == EINTR { continue }
                guard failure == 0 else { throw SystemError.file(path, failure) }
                if got == 0 { break }
            }
            return buffer
        }
    }

    /// The SHA-256 of a file, as 64 hexadecimal digits.
    static func sha256(_ path: String) async throws -> String {
        var hash = SHA256()
        for try await chunk in FileChunks(try await open(path, flags: O_RDONLY)) {
            chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        }
        return hash.finalize().hex
    }

    /// Makes a folder and those above it.
    static func makeFolders(_ path: String) async throws {
        try await onPool {
            var prefix = path.hasPrefix("/") ? "/" : ""
            for part in path.split(separator: "/") {
                prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/" + part
                if mkdir(prefix, 0o777) != 0, errno != EEXIST { throw SystemError.file(prefix, errno) }
            }
        }
    }

    /// Makes a folder in one that is there, and takes one that is there already, but no link to one.
    /// - Throws: ``LarderClientError`` `fileError`.
    static func makeFolder(_ path: String) async throws {
        try await onPool {
            guard mkdir(path, 0o777) != 0 else { return }
            guard errno == EEXIST else { throw SystemError.file(path, errno) }
            var status = stat()
            guard lstat(path, &status) == 0 else { throw SystemError.file(path, errno) }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw LarderClientError(.fileError, "\(path) is a link or a file; remove it, or choose another folder.")
            }
        }
    }

    static func rename(_ from: String, to target: String) async throws {
        try await onPool { guard renameFile(from, target) == 0 else { throw SystemError.file(target, errno) } }
    }

    static func remove(_ path: String) async throws {
        try await onPool { guard unlink(path) == 0 || errno == ENOENT else { throw SystemError.file(path, errno) } }
    }
}

private func readFile(_ descriptor: Int32, _ to: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, to, count)
}
private func openFile(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
private func renameFile(_ from: String, _ to: String) -> Int32 { rename(from, to) }
