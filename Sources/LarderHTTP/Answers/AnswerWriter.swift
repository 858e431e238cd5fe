import LarderModel
import NIOCore

/// What a request's task has of its connection: a way to send its answer, which suspends while the client is slow.
struct AnswerWriter: Sendable {
    private let loop: any EventLoop
    private let connection: NIOLoopBound<ConnectionHandler>

    init(_ connection: NIOLoopBound<ConnectionHandler>, loop: any EventLoop) {
        self.loop = loop
        self.connection = connection
    }

    /// Sends an answer. When the connection is gone, or content turned out damaged after the answer's head was sent,
    /// the connection is cut, so that the client sees that something is missing.
    /// - Parameter rest: what is left of the request's body.
    func write(_ answer: Answer, _ rest: BodyRest) async {
        switch answer.body {
        case .none: loop.execute { connection.value.finish(answer, rest) }
        case .bytes(let bytes) where bytes.readableBytes <= Answer.pieceSize:
            loop.execute { connection.value.finish(answer, rest) }
        case .bytes(let bytes): await write(answer, rest, [.bytes(bytes)])
        case .parts(let parts, _): await write(answer, rest, parts)
        }
    }

    private func write(_ answer: Answer, _ rest: BodyRest, _ parts: [Answer.Part]) async {
        loop.execute { connection.value.begin(answer, rest) }
        do {
            for part in parts {
                switch part {
                case .bytes(var bytes):
                    while let piece = bytes.readSlice(length: min(Answer.pieceSize, bytes.readableBytes)),
                        piece.readableBytes > 0
                    { try await send(piece) }
                case .content(let open):
                    var pieces = try open()
                    while let piece = try await pieces.next() { try await send(piece) }
                }
            }
            loop.execute { connection.value.finish() }
        } catch {
            // Damage found on the way: the length is promised already, so only a cut says it.
            let failure = error as? LarderError
            loop.execute { connection.value.cut(failure) }
        }
    }

    private func send(_ piece: ByteBuffer) async throws {
        try await loop.flatSubmit { connection.value.send(piece) }.get()
    }
}

/// What is left of a request's body when its answer goes out.
enum BodyRest: Sendable {
    /// Nothing: it was read to its end, or there was none.
    case nothing
    /// The client may be sending it: it is passed over, so that the client gets to read the answer.
    case coming
    /// The client waits to be asked for it, or has broken off: there is no telling what comes.
    case unknown
}
