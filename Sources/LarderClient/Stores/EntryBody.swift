import AsyncHTTPClient
import LarderModel
public import NIOCore

import Hashing

/// The content of an entry as it arrives: chunks of any size, in constant memory, asked for as fast as they are taken.
/// It can be gone through once; letting go of it before its end closes the connection.
public struct EntryBody: AsyncSequence, Sendable {
    /// A piece of the content.
    public typealias Element = ByteBuffer

    let chunks: HTTPClientResponse.Body
    let server: String
    /// Its bytes in all, when the server said so.
    public let length: Int64?
    let digest: Digest?

    /// Starts going through the content.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(chunks: chunks.makeAsyncIterator(), server: server, digest: digest)
    }

    /// All of the content in memory.
    /// - Parameter maxBytes: the most to take.
    /// - Throws: ``LarderClientError``: `entryTooLarge` when there is more.
    public func collect(upTo maxBytes: Int) async throws -> ByteBuffer {
        let tooLarge = LarderClientError(
            .entryTooLarge, "The content is over the \(maxBytes) bytes that were to be taken into memory.")
        if let length, length > maxBytes { throw tooLarge }
        var all = ByteBuffer()
        for try await var chunk in self {
            guard all.readableBytes + chunk.readableBytes <= maxBytes else { throw tooLarge }
            all.writeBuffer(&chunk)
        }
        return all
    }

    /// Goes through the content.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var chunks: HTTPClientResponse.Body.AsyncIterator
        private let server: String
        private let digest: Digest?
        private var hash = SHA256()

        fileprivate init(chunks: HTTPClientResponse.Body.AsyncIterator, server: String, digest: Digest?) {
            self.chunks = chunks
            self.server = server
            self.digest = digest
        }

        /// The next piece; nil at the end.
        /// - Throws: ``LarderClientError``: `connectionLost`, `timedOut`, and `corruptEntry` at the end of content that
        ///   is verified.
        public mutating func next() async throws -> ByteBuffer? {
            do {
                let chunk = try await chunks.next()
                guard let digest else { return chunk }
                guard let chunk else {
                    guard Digest(hash.finalize()) == digest else {
                        throw LarderClientError(
                            .corruptEntry, "The content that arrived is not what was written: its SHA-256 differs.")
                    }
                    return nil
                }
                chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                return chunk
            } catch {
                throw ErrorMapping.transportError(error, server: server)
            }
        }
    }
}
