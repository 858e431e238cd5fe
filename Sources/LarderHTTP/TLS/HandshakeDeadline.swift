import LarderModel
import NIOCore
import NIOTLS

/// Closes a connection whose TLS handshake is not done in the time of a request's head.
final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
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
