import NIOCore
import NIOHTTP2

/// The last handler of an HTTP/2 connection: closes it behind an error that is the connection's own. The codec has told
/// the client by then (GOAWAY), and reads no more.
final class ConnectionErrors: ChannelInboundHandler {
    typealias InboundIn = Never

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !(error is NIOHTTP2Errors.StreamError) else { return }
        context.close(promise: nil)
    }
}
