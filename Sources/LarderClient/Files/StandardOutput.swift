package import NIOCore

/// Standard output for content: written on NIO's thread pool, a whole chunk at a time.
package struct StandardOutput: Sendable {
    private let file = OpenFile(borrowing: 1, path: "standard output")
    package init() {}

    /// - Throws: ``LarderClientError`` `fileError`.
    package func write(_ chunk: ByteBuffer) async throws { try await file.write(chunk) }
}
