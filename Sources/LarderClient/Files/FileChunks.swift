package import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The bytes of an open file, pipe or terminal, chunk by chunk; read on NIO's thread pool, so that no task waits for a
/// disk.
package struct FileChunks: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private let file: OpenFile
    private let limit: Int64

    /// Bytes read at once: large enough that the hop to the pool doesn't count.
    package static let chunkBytes = 256 * 1024

    init(_ file: OpenFile, limit: Int64 = .max) {
        self.file = file
        self.limit = limit
    }

    /// What can be read from standard input until it ends. It can be gone through once.
    package static var standardInput: FileChunks { FileChunks(OpenFile(borrowing: 0, path: "standard input")) }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file, left: limit) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let file: OpenFile
        fileprivate var left: Int64

        /// - Throws: ``LarderClientError`` `fileError`.
        package mutating func next() async throws -> ByteBuffer? {
            guard left > 0 else { return nil }
            let chunk = try await file.read(upTo: Int(Swift.min(Int64(FileChunks.chunkBytes), left)))
            left -= Int64(chunk?.readableBytes ?? 0)
            return chunk
        }
    }
}
