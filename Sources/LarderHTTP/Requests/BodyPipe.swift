import DequeModule
import NIOCore
import Synchronization

/// Carries a request's body from its connection's event loop to the task that reads it.
///
/// Bound: when ``bytesMax`` wait to be read the connection reads no more until they are down to ``bytesLow``; what one
/// read of it brings may come on top.
final class BodyPipe: Sendable {
    static let bytesMax = 1 << 20
    static let bytesLow = 256 << 10

    private struct State {
        var pieces = Deque<ByteBuffer>()
        var bytes = 0
        var isFull = false
        /// How the body ended; nil: more may come.
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<ByteBuffer?, any Error>?
    }
    private let state = Mutex(State())
    /// Called by the reader when a full pipe has room again.
    private let hasRoom: @Sendable () -> Void

    init(hasRoom: @escaping @Sendable () -> Void) { self.hasRoom = hasRoom }

    /// - Returns: whether there is room for more.
    func push(_ piece: ByteBuffer) -> Bool {
        let reader: CheckedContinuation<ByteBuffer?, any Error>? = state.withLock { state in
            if let reader = state.reader.take() { return reader }
            state.pieces.append(piece)
            state.bytes += piece.readableBytes
            state.isFull = state.bytes >= Self.bytesMax
            return nil
        }
        guard let reader else { return state.withLock { !$0.isFull } }
        reader.resume(returning: piece)
        return true
    }

    /// The body is whole, or broke off with an error.
    func finish(_ end: Result<Void, any Error>) {
        let reader: CheckedContinuation<ByteBuffer?, any Error>? = state.withLock { state in
            guard state.end == nil else { return nil }
            state.end = end
            return state.reader.take()
        }
        reader?.resume(with: end.map { nil })
    }

    /// The next piece; nil behind the last. For one reader.
    func next() async throws -> ByteBuffer? {
        if let (piece, isRoom) = try takeNext() {
            if isRoom { hasRoom() }
            return piece
        }
        // The connection's end, which a shutdown brings about, ends the waiting.
        return try await withCheckedThrowingContinuation { continuation in
            let ready: Result<ByteBuffer?, any Error>? = state.withLock { state in
                if let piece = state.pieces.popFirst() {
                    state.bytes -= piece.readableBytes
                    return .success(piece)
                }
                if let end = state.end { return end.map { nil } }
                state.reader = continuation
                return nil
            }
            if let ready { continuation.resume(with: ready) }
        }
    }

    /// - Returns: a piece that is there, or nil for the end, and whether a full pipe has room again; nil: one has to wait.
    private func takeNext() throws -> (ByteBuffer?, Bool)? {
        try state.withLock { state in
            if let piece = state.pieces.popFirst() {
                state.bytes -= piece.readableBytes
                guard state.isFull, state.bytes <= Self.bytesLow else { return (piece, false) }
                state.isFull = false
                return (piece, true)
            }
            return try state.end.map { (try $0.map { nil }.get(), false) }
        }
    }
}
