import NIOCore
import NIOHTTP1
import NIOPosix

/// A channel handler behind NIO's HTTP/1.1 codec and nothing else: the least that a server built on NIO can cost.
enum NIOYardstick {
    static func run() async throws {
        let content = ByteBuffer(repeating: UInt8(ascii: "x"), count: BareServer.bytesMax)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(Handler(content: content))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        BareServer.announce(channel.localAddress?.port)
        try await channel.closeFuture.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let content: ByteBuffer
        private var head: HTTPRequestHead?

        init(content: ByteBuffer) { self.content = content }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                answer(head, context)
                self.head = nil
            }
        }

        private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
            var body: ByteBuffer?
            var status = HTTPResponseStatus.ok
            if head.method == .GET {
                body = BareServer.size(head.uri).flatMap { content.getSlice(at: 0, length: $0) }
                if body == nil { status = .notFound }
            }
            let fields: HTTPHeaders = ["content-length": String(body?.readableBytes ?? 0)]
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: fields))),
                promise: nil)
            if let body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
