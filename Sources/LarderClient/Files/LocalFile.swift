import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Small files of this machine.
package enum LocalFile {
    /// The text of a file.
    /// - Throws: ``LarderClientError`` `fileError`.
    package static func text(_ path: String, upTo maxBytes: Int) async throws -> String {
        let file = try await OpenFile.open(path, flags: O_RDONLY)
        var text: [UInt8] = []
        for try await chunk in FileChunks(file, limit: Int64(maxBytes)) { text += chunk.readableBytesView }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a regular file, chunk by chunk; nil for anything else.
    /// - Throws: ``LarderClientError`` `notFound`, `fileError`.
    package static func chunks(_ path: String) async throws -> FileChunks? {
        guard try await size(path) != nil else { return nil }
        return FileChunks(try await OpenFile.open(path, flags: O_RDONLY))
    }

    /// Bytes of a regular file; nil for what has no size. It isn't opened: a pipe's writer would notice.
    /// - Throws: ``LarderClientError`` `notFound`, `fileError`.
    package static func size(_ path: String) async throws -> Int64? {
        try await OpenFile.onPool {
            var status = stat()
            guard stat(path, &status) == 0 else { throw SystemError.source(path, errno) }
            return status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
        }
    }

    /// Writes a secret, whole, to a file that only its owner may read (0600). Its folder is made when it is missing.
    /// - Throws: ``LarderClientError`` `fileError`.
    package static func writeSecret(_ text: String, to path: String) async throws {
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            try await OpenFile.makeFolders(String(path[..<slash]))
        }
        let file = try await OpenFile.open(path + ".new", flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try await file.setMode(0o600)
        try await file.write(ByteBuffer(string: text))
        try await file.synchronize()
        try await OpenFile.rename(path + ".new", to: path)
    }

    /// The next line of standard input, without its end; nil when there is none.
    /// - Throws: ``LarderClientError`` `fileError`.
    package static func line() async throws -> String? {
        // What lies behind the line is lost: made for a terminal, which gives a line at a time.
        for try await chunk in FileChunks.standardInput {
            return String(decoding: chunk.readableBytesView, as: UTF8.self).split(whereSeparator: \.isNewline).first
                .map(String.init)
        }
        return nil
    }
}
