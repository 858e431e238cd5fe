import Disk
import NIOCore

/// A stretch of a spool that is sent as one body: read piece by piece while it goes out, from its begin for each try.
struct SpoolPart: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let spool: Spool
    let offset: Int64
    let size: Int64
    /// Of its bytes: 64 hexadecimal digits.
    let sha256: String

    /// Bytes in memory for a body that goes out, twice at most: one piece is sent and one is read.
    static let pieceSize = 256 << 10

    struct Iterator: AsyncIteratorProtocol {
        let part: SpoolPart
        var position: Int64 = 0

        mutating func next() async throws -> ByteBuffer? {
            let count = Int(Swift.min(Int64(SpoolPart.pieceSize), part.size - position))
            guard count > 0 else { return nil }
            let piece = try await part.spool.read(at: part.offset + position, count: count)
            position += Int64(count)
            return piece
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(part: self) }
}
