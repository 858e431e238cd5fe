import LarderModel
import NIOCore

/// The first handler of a connection: counts it for its client, and turns it away when that has as many as it may. A
/// trusted proxy's connections are not counted here but by ``ConnectionHandler``, for the clients that the proxy names.
final class ClientCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let gate: Gatekeeper
    private let address: IPAddress
    private let isTLS: Bool
    private let isCounted: Bool

    /// - Returns: nil when there is nothing to count.
    init?(_ peer: Peer, _ gate: Gatekeeper) {
        guard let address = peer.address, !peer.isTrusted else { return nil }
        self.gate = gate
        self.address = address
        isTLS = peer.isTLS
        isCounted = gate.clients.enter(address)
        if !isCounted { gate.refused(.clientConnections) }
    }

    private static let refusal: ByteBuffer = {
        let error = Gatekeeper.tooManyConnections
        var body = Array(#"{"error":{"code":"\#(error.code.rawValue)","message":"#.utf8)
        JSONText.appendQuoted(error.message.utf8, to: &body)
        body.append(contentsOf: "}}".utf8)
        var text = ByteBuffer(
            string:
                "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\n"
                + "retry-after: 1\r\ncache-control: no-store\r\n"
                + "connection: close\r\ncontent-length: \(body.count)\r\n\r\n")
        text.writeBytes(body)
        return text
    }()

    func channelActive(context: ChannelHandlerContext) {
        guard !isCounted else { return context.fireChannelActive() }
        // Before a TLS handshake nothing can be said that the client would understand.
        guard !isTLS else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(Self.refusal), promise: nil)
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isCounted { gate.clients.leave(address) }
    }
}
