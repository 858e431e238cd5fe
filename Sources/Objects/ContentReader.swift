import Disk
import Gzip
import LarderModel
package import NIOCore
import Synchronization

/// Gives out an object's bytes from front to back in pieces of at most 512 KiB: constant memory however large the
/// object is or however far it inflates. Used by one task at a time.
package final class ContentReader: Sendable {
    package enum Form: Sendable {
        /// As it is kept.
        case stored
        /// As it was written by the client.
        case plain
    }

    private let reader: ObjectReader
    private let state: Mutex<State>

    private static let pieceSize = 512 << 10
    /// Stored bytes that are read to be inflated.
    private static let inputSize = 128 << 10

    private struct State {
        /// Where the next byte to give out lies, in the form given out.
        var position: Int64
        let end: Int64
        /// nil: bytes are given out as they are kept.
        var inflation: Inflation?
    }

    /// - Parameter range: bytes of that form to give out; nil: all. In a gzip object, plain bytes in front of it are
    ///   inflated and dropped.
    package init(_ reader: ObjectReader, _ form: Form, range: Range<Int64>? = nil) {
        self.reader = reader
        let range = range ?? 0..<(form == .plain ? reader.size : reader.storedSize)
        let inflates = form == .plain && reader.encoding == .gzip
        state = Mutex(
            State(
                position: range.lowerBound, end: range.upperBound,
                inflation: inflates ? Inflation(dropping: range.lowerBound) : nil))
    }

    /// The next piece; nil at the end.
    /// - Throws: `LarderError` `.corruptEntry` when the object turns out shorter than it was.
    package func next() async throws -> ByteBuffer? {
        let (position, end, inflates) = state.withLock { ($0.position, $0.end, $0.inflation != nil) }
        guard position < end else { return nil }
        let wanted = Int(min(Int64(Self.pieceSize), end - position))
        // Inflating what is to be dropped takes a turn for each 128 KiB, so that others come to the threads in between.
        var found: ByteBuffer?
        while found == nil {
            found = try await reader.pool.run { [self] in
                inflates
                    ? try await inflate(wanted)
                    : try await reader.readStored(at: position, count: wanted, goingOnTo: end)
            }
        }
        guard let piece = found, piece.readableBytes > 0 else {
            throw ObjectStore.corrupt(reader.digest, "its file is too short")
        }
        state.withLock { $0.position += Int64(piece.readableBytes) }
        return piece
    }

    /// One turn of inflating.
    /// - Returns: at most `wanted` plain bytes, none when the object ended; nil when all of them were dropped.
    private func inflate(_ wanted: Int) async throws -> ByteBuffer? {
        if let offset = state.withLock({ $0.inflation?.offsetOfMissingInput }) {
            let input = try await reader.readStored(
                at: offset, count: Self.inputSize, goingOnTo: reader.storedSize)
            state.withLock { $0.inflation?.take(input) }
        }
        do {
            return try state.withLock { try $0.inflation?.turn(wanted: wanted, dropMax: Self.pieceSize) }
        } catch { throw ObjectStore.corrupt(reader.digest, "not gzip: \(error)") }
    }
}

/// Where the inflating of an object is.
private struct Inflation {
    private let decoder = GzipDecoder()
    /// Plain bytes in front of those to give out.
    private var toDrop: Int64
    /// Where the next stored byte lies, and what was read of those before and is not inflated yet.
    private var offset: Int64 = 0
    private var input = ByteBuffer()

    init(dropping toDrop: Int64) { self.toDrop = toDrop }

    /// Where to read on; nil while there is something to inflate.
    var offsetOfMissingInput: Int64? { input.readableBytes == 0 ? offset : nil }

    mutating func take(_ bytes: ByteBuffer) {
        input = bytes
        offset += Int64(bytes.readableBytes)
    }

    /// - Returns: plain bytes, none at the end; nil when all of them were dropped.
    mutating func turn(wanted: Int, dropMax: Int) throws -> ByteBuffer? {
        let room = toDrop > 0 ? Int(min(Int64(dropMax), toDrop)) : wanted
        var output = ByteBufferAllocator().buffer(capacity: room)
        var taken = 0
        let produced = try output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            let turn = try input.withUnsafeReadableBytes {
                try decoder.turn($0, into: UnsafeMutableRawBufferPointer(rebasing: target[..<room]))
            }
            taken = turn.taken
            return turn.produced
        }
        input.moveReaderIndex(forwardBy: taken)
        let isAtEnd = produced == 0 && taken == 0 && input.readableBytes == 0
        guard toDrop > 0 || produced == 0 else { return output }
        toDrop -= min(toDrop, Int64(produced))
        return isAtEnd ? ByteBuffer() : nil
    }
}
