package import NIOCore

/// Content that comes piece by piece, each read when the one before is on its way.
package protocol PieceSource: Sendable {
    /// - Returns: the next piece, some hundred KiB at most; nil at the end.
    /// - Throws: `LarderError` when the content is damaged or can't be read.
    mutating func next() async throws -> ByteBuffer?
}
