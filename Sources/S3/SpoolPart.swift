import Disk
package import NIOCore

/// A stretch of a spool that is sent as one body: read piece by piece while it goes out, from its begin for each try.
package struct SpoolPart: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let spool: Spool
    let offset: Int64
    package let size: Int64
    /// Of its bytes: 64 hexadecimal digits.
    package let sha256: String

    /// Bytes in memory for a body that goes out, twice at most: one piece is sent and one is read.
    static let pieceSize = 256 << 10

    package struct Iterator: AsyncIteratorProtocol {
        let part: SpoolPart
        var position: Int64 = 0

        package mutating func next() async throws -> ByteBuffer? {
            let count = Int(Swift.min(Int64(SpoolPart.pieceSize), part.size - position))
            guard count > 0 else { return nil }
            let piece = try await part.spool.read(at: part.offset + position, count: count)
            position += Int64(count)
            return piece
        }
    }

    package func makeAsyncIterator() -> Iterator { Iterator(part: self) }
}
