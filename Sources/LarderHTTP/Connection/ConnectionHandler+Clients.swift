import LarderModel
import NIOCore
import NIOHTTP1

/// Clients that are slow, or too many.
extension ConnectionHandler {
    // MARK: Clients of a proxy

    /// Counts this connection for the client that a proxy names in a request.
    /// - Returns: false when that client has too many.
    func countClient(_ head: HTTPRequestHead) -> Bool {
        guard peer.isTrusted else { return true }
        let client = peer.client(forwardedFor: head.headers["x-forwarded-for"])
        guard let client, client != peer.address, client != countedClient else { return true }
        guard wire.gate.clients.enter(client) else {
            wire.gate.refused(.clientConnections)
            return false
        }
        uncountClient()
        countedClient = client
        return true
    }

    func uncountClient() {
        if let countedClient { wire.gate.clients.leave(countedClient) }
        countedClient = nil
    }

    // MARK: Slow clients

    func scheduleLook() {
        let handler = NIOLoopBound(self, eventLoop: loop)
        lookTask = loop.scheduleTask(in: machine.lookInterval) { handler.value.look() }
    }

    private func look() {
        // Followers are looked after by what they follow.
        guard let context, !machine.isFollowing else { return }
        // On a busy loop the first look may come before the connection is open; what closed it has ended the looks.
        guard context.channel.isActive else { return scheduleLook() }
        let (action, limit) = machine.look(loop.now, unsent: unsent(context))
        wire.gate.refused(limit)
        perform(action)
        switch action {
        case .nothing, .breakBody: scheduleLook()
        default: break
        }
    }

    /// Bytes of answers that wait for the client, if they hold up the next ones.
    private func unsent(_ context: ChannelHandlerContext) -> Int64? {
        guard !context.channel.isWritable else { return nil }
        guard kind == .http1 else { return streamUnsent }
        return Int64((try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }
}
