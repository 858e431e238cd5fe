import LarderModel
import NIOCore

/// Knows the open connections of a listener: accepts up to the limit of them, and ends them when the server goes down.
/// Lives on the listener's event loop.
///
/// What comes beyond the limit waits in the kernel's backlog until a connection closes.
final class AcceptHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let gate: Gatekeeper
    private var open: [ObjectIdentifier: any Channel] = [:]
    private var isReadHeld = false
    private var context: ChannelHandlerContext?
    /// Told when the last connection has closed; nil: the server is not going down.
    private var gone: (@Sendable () -> Void)?

    init(_ gate: Gatekeeper) { self.gate = gate }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        let id = ObjectIdentifier(channel)
        open[id] = channel
        if open.count == gate.limits.connections { gate.refused(.connections) }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        channel.closeFuture.hop(to: context.eventLoop).whenComplete { _ in handler.value.closed(id) }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard open.count < gate.limits.connections else {
            isReadHeld = true
            return
        }
        context.read()
    }

    private func closed(_ id: ObjectIdentifier) {
        open[id] = nil
        if open.isEmpty { gone?() }
        guard isReadHeld, let context, open.count < gate.limits.connections else { return }
        isReadHeld = false
        context.read()
    }

    /// Takes no more connections, and asks those that are open to end when they have nothing under way.
    /// - Parameter gone: told when all have.
    func shutDown(_ gone: @escaping @Sendable () -> Void) {
        self.gone = gone
        context?.close(promise: nil)
        if open.isEmpty { gone() }
        for channel in open.values {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        }
    }

    /// Closes what is open at once.
    func closeAll() {
        for channel in open.values { channel.close(promise: nil) }
    }
}
