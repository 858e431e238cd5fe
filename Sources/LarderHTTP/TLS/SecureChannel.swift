import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// A connection with TLS: HTTP/2 where the client's ALPN asks for it, else HTTP/1.1. Each request of HTTP/2 is a small
/// channel of its own that ``HTTPChannel`` takes as it takes a connection.
package struct SecureChannel: ServerChildChannel {
    let base: HTTPChannel
    let certificates: Certificates

    package init(_ base: HTTPChannel, _ certificates: Certificates) {
        self.base = base
        self.certificates = certificates
    }

    package struct Value: ServerChildChannelValue {
        package let channel: any Channel
        fileprivate let negotiated: EventLoopFuture<Protocol>
    }

    fileprivate enum `Protocol`: Sendable {
        case http1(HTTPChannel.Value)
        case http2(NIOHTTP2Handler.AsyncStreamMultiplexer<HTTPChannel.Value>)
    }

    /// Requests of one HTTP/2 connection at once; the client keeps more back.
    private static let streamsMax = 100

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let peer = try base.meet(channel, isTLS: true)
            let negotiation = NIOTypedApplicationProtocolNegotiationHandler<Protocol> { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    switch result {
                    case .negotiated("h2"): .http2(try http2(channel, peer))
                    case .negotiated, .fallback: .http1(try base.http1(channel, peer))
                    }
                }
            }
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
            try pipeline.addHandler(HandshakeDeadline(base.context.gate))
            try pipeline.addHandler(negotiation)
            return Value(channel: channel, negotiated: negotiation.protocolNegotiationResult)
        }
    }

    private func http2(_ channel: any Channel, _ peer: Peer) throws
        -> NIOHTTP2Handler.AsyncStreamMultiplexer<HTTPChannel.Value>
    {
        let limits = base.context.gate.limits
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Self.streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: Int(limits.headerList.bytes)),
        ]
        // A ping finds out whether a client with nothing but a quiet event stream is still there.
        let life = NIOHTTP2ServerConnectionManagementHandler.Configuration(
            maxIdleTime: TimeAmount(limits.idleTime), maxAge: nil,
            maxGraceTime: TimeAmount(base.context.shutdownLimit),
            keepalive: .init(pingInterval: TimeAmount(limits.idleTime), ackTimeout: TimeAmount(limits.headTime)))
        let base = base
        return try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server, connectionManagerConfiguration: life, http2HandlerConfiguration: configuration
        ) { stream in stream.eventLoop.makeCompletedFuture { try base.http2Stream(stream, peer) } }
    }

    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http1(let channel): await base.handle(value: channel, logger: logger)
            case .http2(let multiplexer):
                try await withThrowingDiscardingTaskGroup { group in
                    for try await stream in multiplexer.inbound {
                        group.addTask { await base.handle(value: stream, logger: logger) }
                    }
                }
            }
        } catch {
            base.context.logger.trace("connection ended", metadata: ["error": "\(error)"])
        }
    }
}

/// Closes a connection whose TLS handshake is not done in the time of a request's head.
private final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let gate: Gatekeeper
    private var deadline: Scheduled<Void>?

    init(_ gate: Gatekeeper) { self.gate = gate }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(gate.limits.headTime)) {
            let (handler, context) = bound.value
            handler.gate.refused(.headTime)
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    /// What began as no handshake becomes none.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        deadline?.cancel()
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            deadline?.cancel()
            context.fireUserInboundEventTriggered(event)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
