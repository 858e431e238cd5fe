import Disk
import Gzip
import LarderModel
import NIOCore
import Objects
import Synchronization

/// Gives out a manifest's plain bytes from front to back, in pieces of at most 256 KiB: constant memory however far it
/// unpacks. Used by one task at a time.
package final class ManifestReader: Sendable {
    private let source: any ObjectSource
    private let name: String
    private let pool: DiskPool
    private let state = Mutex(State())

    private struct State {
        let decoder = GzipDecoder()
        var offset: Int64 = 0
        /// What was read and is not inflated yet.
        var input = ByteBuffer()
    }

    private static let pieceSize = 256 << 10

    init(_ source: any ObjectSource, _ name: String, pool: DiskPool) {
        self.source = source
        self.name = name
        self.pool = pool
    }

    /// The next piece; nil at the end.
    /// - Throws: `LarderError` `.corruptEntry` when it is damaged, or cut short.
    package func next() async throws -> [UInt8]? {
        while true {
            let (offset, isEmpty) = state.withLock { ($0.offset, $0.input.readableBytes == 0) }
            if isEmpty {
                let input =
                    offset < source.stamp.size
                    ? try await source.read(at: offset, count: Self.pieceSize, goingOnTo: source.stamp.size)
                    : ByteBuffer()
                state.withLock { state in
                    state.offset += Int64(input.readableBytes)
                    state.input = input
                }
            }
            let (plain, isEnd) = try await pool.run { [self] in try turn() }
            if !plain.isEmpty { return plain }
            if isEnd { return nil }
        }
    }

    /// One turn of inflating.
    private func turn() throws -> (plain: [UInt8], isEnd: Bool) {
        do {
            return try state.withLock { state in
                var taken = 0
                let plain = try [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { target, count in
                    let turn = try state.input.withUnsafeReadableBytes {
                        try state.decoder.turn($0, into: UnsafeMutableRawBufferPointer(target))
                    }
                    (taken, count) = (turn.taken, turn.produced)
                }
                state.input.moveReaderIndex(forwardBy: taken)
                let isEnd = plain.isEmpty && taken == 0
                if isEnd {
                    guard state.input.readableBytes == 0 else { throw GzipDecoder.Failure.notGzip }
                    try state.decoder.finish()
                }
                return (plain, isEnd)
            }
        } catch {
            throw LarderError(.corruptEntry, "The snapshot \(name) is damaged.", cause: "gzip: \(error)")
        }
    }
}
