import Disk
import LarderModel
import NIOCore
import Synchronization

/// Reads a whole object and compares it with its name, whatever was known of it before. Used by one task at a time.
package final class ObjectCheck: Sendable {
    private struct State {
        var check: ContentCheck
        var offset: Int64 = 0
    }

    private let reader: ObjectReader
    private let state: Mutex<State>

    private static let stepSize = 1 << 20

    init(_ reader: ObjectReader) {
        self.reader = reader
        state = Mutex(State(check: ContentCheck(reader.digest, reader.encoding, size: reader.size)))
    }

    /// Of the object that is read.
    package var stamp: ObjectStamp { reader.stamp }

    /// Stored bytes read so far.
    package var bytesRead: Int64 { state.withLock { $0.offset } }

    /// Reads and hashes the next megabyte.
    /// - Returns: whether that was all, and it is right.
    /// - Throws: `LarderError` `.corruptEntry` when it is not; `.internalError` when it can't be read.
    package func step() async throws -> Bool {
        try await reader.pool.run { [self] in
            let bytes = try await reader.readStored(
                at: bytesRead, count: Self.stepSize, goingOnTo: reader.storedSize)
            return try state.withLock { state in
                state.offset += Int64(bytes.readableBytes)
                try state.check.take(bytes)
                guard bytes.readableBytes < Self.stepSize else { return false }
                try state.check.finish()
                return true
            }
        }
    }
}
