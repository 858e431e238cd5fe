import DequeModule
import NIOCore
import Synchronization

/// Carries a request's body from its connection's event loop to the task that reads it.
///
/// Bound: when ``bytesMax`` wait to be read the connection reads no more until they are down to ``bytesLow``; before
/// the first is read ``unreadMax`` are enough, for what nobody wants costs nothing more. What one read of it brings may
/// come on top.
final class BodyPipe: Sendable {
    static let bytesMax = 1 << 20
    static let bytesLow = 256 << 10
    static let unreadMax = 64 << 10

    /// A piece, or nil for the end, and whether a full pipe has room again.
    private typealias Taken = (piece: ByteBuffer?, isRoom: Bool)

    private struct State {
        private var pieces = Deque<ByteBuffer>()
        private var bytes = 0
        /// From ``bytesMax`` down to ``bytesLow``: the connection waits to be told that there is room.
        private(set) var isFull = false
        /// Where it is full.
        var limit: Int
        /// How the body ended; nil: more may come.
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<Taken, any Error>?

        init(limit: Int) { self.limit = limit }

        mutating func append(_ piece: ByteBuffer) {
            pieces.append(piece)
            bytes += piece.readableBytes
            // Only the reader ends it, who tells: with what comes on top there may be less than the bound again.
            if bytes >= limit { isFull = true }
        }

        /// - Returns: nil: one has to wait.
        mutating func take() -> Result<Taken, any Error>? {
            limit = bytesMax
            guard let piece = pieces.popFirst() else { return end?.map { (nil, false) } }
            bytes -= piece.readableBytes
            let isRoom = isFull && bytes <= bytesLow
            if isRoom { isFull = false }
            return .success((piece, isRoom))
        }
    }
    private let state: Mutex<State>
    /// Called by the reader when a full pipe has room again.
    private let hasRoom: @Sendable () -> Void

    /// - Parameter unreadMax: where it is full before the first piece is read.
    init(unreadMax: Int = bytesMax, hasRoom: @escaping @Sendable () -> Void) {
        state = Mutex(State(limit: unreadMax))
        self.hasRoom = hasRoom
    }

    /// - Returns: whether there is room for more; when there is none, ``hasRoom`` tells when there is.
    func push(_ piece: ByteBuffer) -> Bool {
        let (reader, isFull) = state.withLock { state in
            let reader = state.reader.take()
            if reader == nil { state.append(piece) }
            return (reader, state.isFull)
        }
        reader?.resume(returning: (piece, false))
        return !isFull
    }

    /// The body is whole, or broke off with an error.
    func finish(_ end: Result<Void, any Error>) {
        let reader: CheckedContinuation<Taken, any Error>? = state.withLock { state in
            guard state.end == nil else { return nil }
            state.end = end
            return state.reader.take()
        }
        reader?.resume(with: end.map { (nil, false) })
    }

    /// The next piece; nil behind the last. For one reader.
    func next() async throws -> ByteBuffer? {
        // The connection's end, which a shutdown brings about, ends the waiting.
        let taken = try await withCheckedThrowingContinuation { reader in
            let ready = state.withLock { state in
                let ready = state.take()
                if ready == nil { state.reader = reader }
                return ready
            }
            if let ready { reader.resume(with: ready) }
        }
        if taken.isRoom { hasRoom() }
        return taken.piece
    }
}
