import LarderModel
import NIOCore
import NIOHTTP1

/// Sends an answer through the connection's writer, which suspends while the client is slow.
struct AnswerWriter {
    let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    let loop: any EventLoop

    /// - Throws: when the connection is gone, or when content turned out damaged after its head was sent; the
    ///   connection must then be cut, so that the client sees that something is missing.
    func write(_ answer: Answer, to request: RequestHead, closing: Bool) async throws {
        let head = HTTPServerResponsePart.head(answer.responseHead(for: request, closing: closing))
        switch answer.body {
        case .none: try await outbound.write(contentsOf: [head, .end(nil)])
        case .bytes(let bytes): try await outbound.write(contentsOf: [head, .body(.byteBuffer(bytes)), .end(nil)])
        case .parts(let parts, _):
            try await outbound.write(head)
            for part in parts {
                switch part {
                case .bytes(let bytes): try await outbound.write(.body(.byteBuffer(bytes)))
                case .content(let open):
                    var pieces = try open()
                    while let piece = try await pieces.next() {
                        try await outbound.write(.body(.byteBuffer(piece)))
                        // The writer learns on the event loop that the client is slow; until then it would take piece
                        // after piece.
                        try await loop.submit {}.get()
                    }
                }
            }
            try await outbound.write(.end(nil))
        case .stream(let next):
            try await outbound.write(head)
            while let piece = try await next() { try await outbound.write(.body(.byteBuffer(piece))) }
            try await outbound.write(.end(nil))
        }
    }
}
