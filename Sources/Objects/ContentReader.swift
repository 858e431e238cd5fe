import Gzip
import Disk
import LarderModel
import NIOCore
import Synchronization

/// Gives out an object's bytes from front to back in pieces of at most 512 KiB, read on the pool: constant memory
/// however large the object is or however far it inflates. Used by one task at a time.
package final class ContentReader: Sendable {
    package enum Form: Sendable {
        /// As it is kept.
        case stored
        /// As it was written by the client.
        case plain
    }

    private let pool: DiskPool
    private let work: Mutex<Work>

    /// - Parameter range: bytes of that form to give out; nil: all. In a gzip object, plain bytes in front of it are
    ///   inflated and dropped.
    package init(_ reader: ObjectReader, _ form: Form, range: Range<Int64>? = nil, pool: DiskPool) {
        self.pool = pool
        let isInflating = form == .plain && reader.encoding == .gzip
        work = Mutex(
            Work(reader, inflating: isInflating, range: range ?? 0..<(form == .plain ? reader.size : reader.storedSize))
        )
    }

    /// The next piece; nil at the end.
    /// - Throws: `LarderError` `.corruptEntry` when the file turns out shorter than it was.
    package func next() async throws -> ByteBuffer? {
        try await pool.run { [self] in try work.withLock { try $0.next() } }
    }

    private struct Work: ~Copyable {
        private let reader: ObjectReader
        private let decoder: GzipDecoder?
        /// Where the next byte to give out lies, in the form given out.
        private var position: Int64
        private let end: Int64
        /// Of an inflating reader: where the next stored byte lies, what was read of it, and the plain bytes still to
        /// drop.
        private var storedOffset: Int64 = 0
        private var input = ByteBuffer()
        private var toDrop: Int64

        private static let pieceSize = 512 << 10

        init(_ reader: ObjectReader, inflating: Bool, range: Range<Int64>) {
            self.reader = reader
            decoder = inflating ? GzipDecoder() : nil
            position = range.lowerBound
            end = range.upperBound
            toDrop = range.lowerBound
        }

        mutating func next() throws -> ByteBuffer? {
            guard position < end else { return nil }
            let wanted = Int(min(Int64(Self.pieceSize), end - position))
            let piece = try decoder.map { try inflate($0, wanted) } ?? reader.readStored(at: position, count: wanted)
            guard piece.readableBytes > 0 else { throw ObjectStore.corrupt(reader.digest, "its file is too short") }
            position += Int64(piece.readableBytes)
            return piece
        }

        private mutating func inflate(_ decoder: GzipDecoder, _ wanted: Int) throws -> ByteBuffer {
            var output = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
            while true {
                if input.readableBytes == 0 {
                    input = try reader.readStored(at: storedOffset, count: 128 << 10)
                    storedOffset += Int64(input.readableBytes)
                }
                // While dropping, a whole piece may be inflated; then no more than is wanted.
                let room = toDrop > 0 ? Int(min(Int64(Self.pieceSize), toDrop)) : wanted
                var taken = 0
                let produced = try output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                    let turn: (taken: Int, produced: Int)
                    do {
                        turn = try input.withUnsafeReadableBytes {
                            try decoder.turn($0, into: UnsafeMutableRawBufferPointer(rebasing: target[..<room]))
                        }
                    } catch {
                        throw ObjectStore.corrupt(reader.digest, "not gzip: \(error)")
                    }
                    taken = turn.taken
                    return turn.produced
                }
                input.moveReaderIndex(forwardBy: taken)
                if toDrop > 0 {
                    toDrop -= Int64(produced)
                    output.clear()
                } else if produced > 0 {
                    return output
                }
                if produced == 0, taken == 0, input.readableBytes == 0 { return output }
            }
        }
    }
}
