import DequeModule
import LarderModel
import NIOCore
import NIOHTTP1

/// The last handler before a connection's task. It answers the hot requests on the event loop, without a task: reads of
/// small entries that are in memory, and writes of small ones, whose answer the index's writer brings. Everything else
/// passes through unchanged, in order.
///
/// It also sends `100 Continue` when asked to, refuses what is not HTTP, ends connections whose client is too slow
/// (``ClientPatience``), takes no further request while the client does not take the answers it has, and holds a
/// shutdown back until its own answer is out. Lives on one event loop; nothing here blocks.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = RequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Asks for `100 Continue` to be sent.
    struct SendContinue: Sendable {}

    private let context: WireContext
    private let peer: Peer
    private let wire: Wire

    /// What the handlers before this one speak.
    enum Wire { case http1, http2Stream }

    private var mode = Mode.open
    private enum Mode {
        /// Between requests, or handing parts through to the task.
        case open
        /// A request was answered here; its `.end` is still to come.
        case skippingEnd
        /// Taking in the body of a small write.
        case collecting(Collection, ByteBuffer)
        /// The writer works on it; what the client sends meanwhile waits.
        case writing
        /// An event stream; nothing more is read from this client.
        case following(any EventSource)
        /// An event stream was asked for behind requests that are not answered yet.
        case waiting
        /// The client asked for more while it has not taken the answers it has.
        case jammed
    }

    /// A small body that is being taken in, and what is done with it then.
    private struct Collection {
        let head: HTTPRequestHead
        let judged: JudgedRequest
        let take: Exchange.Take
    }

    /// Requests handed to the task that have no whole answer yet.
    private var outstanding = 0
    /// Whether the head of a request to the task was the last that came, so that its body goes the same way.
    private var isPassingBody = false
    /// What came and has to wait, in order. Empty while parts are taken as they come, so the one that has to wait first
    /// goes to the front.
    private var held = Deque<HTTPServerRequestPart>()
    private var isReadHeld = false
    private var isQuiescing = false
    private var hasSentError = false

    private var patience: ClientPatience
    /// Whether the read under way brought a part of a request.
    private var hasReadPart = false
    private var lookTask: Scheduled<Void>?
    /// Bytes handed to an HTTP/2 stream that are not out: such a channel does not tell. HTTP/1.1 asks the channel.
    private var streamUnsent: Int64 = 0
    /// The largest piece handed to it, so that a slow client's progress shows.
    private static let streamPiece = 16 << 10
    /// The client that this connection of a proxy counts for: the one whose request it carried last.
    private var countedClient: IPAddress?

    /// - Parameter now: the time of the connection's event loop.
    init(context: WireContext, peer: Peer, wire: Wire = .http1, now: NIODeadline) {
        self.context = context
        self.peer = peer
        self.wire = wire
        patience = ClientPatience(context.gate.limits, now: now)
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasReadPart = true
        take(unwrapInboundIn(data), context)
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (mode, part) {
        case (.writing, _), (.waiting, _), (.jammed, _): held.append(part)
        case (.following, _): break
        case (.skippingEnd, .end): mode = .open
        case (.skippingEnd, _): break  // no body was announced
        case (.collecting(let collection, var bytes), .body(var piece)):
            patience.bodyCame(piece.readableBytes)
            bytes.writeBuffer(&piece)  // the decoder keeps to the announced length, which is small
            mode = .collecting(collection, bytes)
        case (.collecting(let collection, let bytes), .end): begin(collection, bytes, context)
        case (.open, .head(let head)):
            patience.headCame()
            guard context.channel.isWritable else {
                mode = .jammed
                held.prepend(part)
                return
            }
            guard countClient(head) else { return refuseClient(head, context) }
            if outstanding > 0, isStream(head) {
                mode = .waiting
                held.prepend(part)
                return
            }
            var judged: JudgedRequest?
            if outstanding == 0 {
                let begun = ContinuousClock.now
                let request = RequestHead(head, id: RequestID.next(), from: peer)
                let exchange = self.context.responder.exchange(for: request)
                switch exchange.way {
                case .answer(let answer) where !request.hasBody:
                    mode = .skippingEnd
                    send(answer, to: request, exchange.label, begun, context)
                    return
                case .collect(_, let take, _):
                    mode = .collecting(
                        Collection(
                            head: head, judged: JudgedRequest(request: request, exchange: exchange, begun: begun),
                            take: take),
                        ByteBuffer())
                    return
                case .follow(let make):
                    follow(request, exchange.label, make, begun, context)
                    return
                case .answer, .task: judged = JudgedRequest(request: request, exchange: exchange, begun: begun)
                }
            }
            outstanding += 1
            isPassingBody = true
            context.fireChannelRead(wrapInboundOut(.head(head, judged: judged)))
        case (.open, .body(let piece)):
            patience.bodyCame(piece.readableBytes)
            if isPassingBody { context.fireChannelRead(wrapInboundOut(.body(piece))) }
        case (.open, .end):
            if isPassingBody { context.fireChannelRead(wrapInboundOut(.end)) }
            isPassingBody = false
        case (.collecting, .head): context.close(promise: nil)  // the decoder never gives this
        }
    }

    /// Whether the client asks for an event stream, of whatever.
    private func isStream(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET && head.headers.first(name: "accept")?.contains("text/event-stream") ?? false
    }

    private func begin(_ collection: Collection, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        mode = .writing
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        let taken = collection.take(body) { answer in
            loop.execute {
                let (handler, context) = bound.value
                handler.finish(collection, answer, context)
            }
        }
        guard !taken else { return }
        // Better not done here: goes to the task after all.
        mode = .open
        outstanding += 1
        context.fireChannelRead(wrapInboundOut(.head(collection.head, judged: collection.judged)))
        if body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(body))) }
        context.fireChannelRead(wrapInboundOut(.end))
        isPassingBody = false
    }

    private func finish(_ collection: Collection, _ answer: Answer, _ context: ChannelHandlerContext) {
        mode = .open
        guard context.channel.isActive else { return }
        let judged = collection.judged
        send(answer, to: judged.request, judged.exchange.label, judged.begun, context)
        takeHeld(context)
    }

    /// What came meanwhile, until something of it has to wait again.
    private func takeHeld(_ context: ChannelHandlerContext) {
        while let part = held.popFirst() {
            take(part, context)
            if isHolding { return }
        }
        if isReadHeld {
            isReadHeld = false
            read(context: context)
        }
    }

    /// Whether what comes in now has to wait.
    private var isHolding: Bool {
        switch mode {
        case .writing, .waiting, .jammed: true
        default: false
        }
    }

    private func follow(
        _ request: RequestHead, _ label: Exchange.Label, _ make: (EventOutput) -> any EventSource,
        _ begun: ContinuousClock.Instant, _ context: ChannelHandlerContext
    ) {
        guard let sendFrames = frameSender(context) else { return context.close(promise: nil) }
        let output = EventOutput(
            loop: context.eventLoop,
            begin: { [self] answer in
                let hasBody = answer.contentLength != nil
                context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: true))), promise: nil)
                if hasBody, case .bytes(let bytes) = answer.body {
                    context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
                }
                self.context.responder.finished(
                    FinishedExchange(
                        request: request, label: label, status: answer.status, duration: .now - begun, bytesOut: 0,
                        isOnLoop: true, failure: nil))
            },
            send: sendFrames,
            isWritable: { [self] in wire == .http1 ? context.channel.isWritable : streamUnsent < EventOutput.bufferMax
            },
            end: { [self] in
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                context.close(promise: nil)
            },
            cut: { context.close(promise: nil) })
        let stream = make(output)
        mode = .following(stream)
        if wire == .http1 {
            let mark = ChannelOptions.Types.WriteBufferWaterMark(
                low: EventOutput.bufferMax / 4, high: EventOutput.bufferMax)
            _ = try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
        }
        // Nothing is expected from the client but its leaving, which only a read can show.
        context.read()
        stream.start()
    }

    /// Frames come ready-made with the chunk framing of HTTP/1.1: there they go past the encoder; an HTTP/2 stream has
    /// framing of its own.
    private func frameSender(_ context: ChannelHandlerContext) -> ((ByteBuffer) -> EventLoopFuture<Void>)? {
        switch wire {
        case .http1:
            let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            return encoder.map { encoder in { encoder.writeAndFlush(NIOAny($0)) } }
        case .http2Stream:
            return { [self] frames in
                let sent = context.eventLoop.makePromise(of: Void.self)
                writeToStream(ChunkFraming.removed(from: frames), context, sent)
                context.flush()
                return sent.futureResult
            }
        }
    }

    private func writeToStream(
        _ bytes: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        var bytes = bytes
        repeat {
            guard let piece = bytes.readSlice(length: min(Self.streamPiece, bytes.readableBytes)) else { return }
            let size = Int64(piece.readableBytes)
            streamUnsent += size
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.assumeIsolated().whenComplete { [self] _ in streamUnsent -= size }
            if bytes.readableBytes == 0, let promise { sent.futureResult.cascade(to: promise) }
            context.write(wrapOutboundOut(.body(.byteBuffer(piece))), promise: sent)
        } while bytes.readableBytes > 0
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        patience.readDone(context.eventLoop.now, isBetweenRequests: !hasReadPart && awaited == .head)
        hasReadPart = false
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            patience.becameWritable()
            if case .jammed = mode {
                mode = .open
                takeHeld(context)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    private func send(
        _ answer: Answer, to request: RequestHead, _ label: Exchange.Label, _ begun: ContinuousClock.Instant,
        _ context: ChannelHandlerContext
    ) {
        context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: isQuiescing))), promise: nil)
        if case .bytes(let bytes) = answer.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        patience.wrote(Int(answer.contentLength ?? 0))
        patience.answered(context.eventLoop.now)
        self.context.responder.finished(
            FinishedExchange(
                request: request, label: label, status: answer.status, duration: .now - begun,
                bytesOut: answer.contentLength ?? 0, isOnLoop: true, failure: nil))
        closeIfQuiesced(context)
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: context.write(data, promise: promise)
        case .body(let bytes):
            patience.wrote(bytes.readableBytes)
            switch (wire, bytes) {
            case (.http2Stream, .byteBuffer(let buffer)): writeToStream(buffer, context, promise)
            default: context.write(data, promise: promise)
            }
        case .end:
            patience.answered(context.eventLoop.now)
            outstanding -= 1
            context.write(data, promise: promise)
            if outstanding == 0, case .waiting = mode {
                context.flush()
                mode = .open
                takeHeld(context)
            }
            if isQuiescing, outstanding == 0 {
                context.flush()
                closeIfQuiesced(context)
            }
        }
    }

    func read(context: ChannelHandlerContext) {
        // While a write is under way or answers are not taken no more is read: what a client may pipeline is bounded by
        // what one read brings.
        if isHolding {
            isReadHeld = true
        } else {
            patience.readAsked(context.eventLoop.now)
            context.read()
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is SendContinue {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: promise)
        } else {
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    // MARK: Events

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .following(let stream) = mode {
            // A follower that closes its half has left: it will never say anything, and wants to hear nothing.
            if event as? ChannelEvent == .inputClosed {
                stream.leave()
                context.close(promise: nil)
            } else if event is ChannelShouldQuiesceEvent {
                stream.shutDown()
            }
            return
        }
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isQuiescing = true
        closeIfQuiesced(context)
    }

    /// On shutdown a connection goes as soon as it has nothing under way.
    private func closeIfQuiesced(_ context: ChannelHandlerContext) {
        guard isQuiescing, outstanding == 0 else { return }
        switch mode {
        case .open, .skippingEnd: context.close(promise: nil)
        case .collecting, .writing, .following, .waiting, .jammed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError || error is NIOHTTPDecoderError, !hasSentError else {
            context.fireErrorCaught(error)
            return
        }
        hasSentError = true
        // Within the body of a request, its task has to know.
        if isPassingBody { return context.fireErrorCaught(error) }
        guard outstanding == 0, case .open = mode else {
            // What came before is answered; what can't be read is not.
            isQuiescing = true
            return closeIfQuiesced(context)
        }
        if case .headerOverflow? = error as? HTTPParserError {
            let limits = self.context.gate.limits
            refuse(
                LarderError(
                    .headersTooLarge,
                    "The header fields are too large: one may have \(limits.headerField), all \(limits.headerList), and there may be \(limits.headerCount).",
                    limit: .header), context)
        } else {
            refuse(LarderError(.malformedRequest, "This is not a valid HTTP/1.1 request: \(error)."), context)
        }
    }

    /// Answers what can't be read as a request, or not in time, and closes.
    private func refuse(_ error: LarderError, _ context: ChannelHandlerContext) {
        self.context.gate.refused(error.limit)
        let answer = self.context.responder.refusal(error)
        let request = RequestHead(
            HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), id: RequestID.next(), from: peer)
        context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: true))), promise: nil)
        if case .bytes(let bytes) = answer.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    // MARK: Clients of a proxy

    /// Counts this connection for the client that a proxy names in a request.
    /// - Returns: false when that client has too many.
    private func countClient(_ head: HTTPRequestHead) -> Bool {
        guard peer.isTrusted else { return true }
        let client = peer.client(forwardedFor: head.headers["x-forwarded-for"])
        guard let client, client != peer.address, client != countedClient else { return true }
        guard context.gate.clients.enter(client) else {
            context.gate.refused(.clientConnections)
            return false
        }
        uncountClient()
        countedClient = client
        return true
    }

    private func uncountClient() {
        if let countedClient { context.gate.clients.leave(countedClient) }
        countedClient = nil
    }

    /// The proxy's connection is given up for it: a body may follow that nobody wants.
    private func refuseClient(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard outstanding == 0 else { return context.close(promise: nil) }
        let error = Gatekeeper.tooManyConnections
        refuse(LarderError(error.code, error.message), context)
    }

    // MARK: Slow clients

    func handlerAdded(context: ChannelHandlerContext) { scheduleLook(context) }
    func handlerRemoved(context: ChannelHandlerContext) {
        lookTask?.cancel()
        uncountClient()
    }
    func channelInactive(context: ChannelHandlerContext) {
        lookTask?.cancel()
        lookTask = nil
        if case .following(let stream) = mode {
            stream.leave()
            mode = .open
        }
        context.fireChannelInactive()
    }

    private func scheduleLook(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        lookTask = context.eventLoop.scheduleTask(in: patience.lookInterval) {
            let (handler, context) = bound.value
            handler.look(context)
        }
    }

    /// What this connection waits for from its client.
    private var awaited: ClientPatience.Awaited {
        switch mode {
        case .open: isPassingBody ? .body : outstanding == 0 ? .head : .nothing
        case .collecting, .skippingEnd: .body
        case .writing, .following, .waiting, .jammed: .nothing
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        // Followers are looked after by their hub's tick.
        if case .following = mode { return }
        // On a busy loop the first look may come before the connection is open; what closed it has ended the looks.
        guard context.channel.isActive else { return scheduleLook(context) }
        switch patience.look(context.eventLoop.now, awaiting: awaited, unsent: unsent(context)) {
        case nil: scheduleLook(context)
        case .headTime?:
            refuse(LarderError(.requestTimeout, "The request's head did not come in time.", limit: .headTime), context)
        case .bodyRate? where isPassingBody:
            // Its task has to know: it answers and closes.
            self.context.gate.refused(.bodyRate)
            context.fireErrorCaught(SlowBody())
            scheduleLook(context)
        case .bodyRate?: refuse(LarderError(.requestTimeout, SlowBody.message, limit: .bodyRate), context)
        case let limit?:
            self.context.gate.refused(limit)
            context.close(promise: nil)
        }
    }

    /// Bytes of answers that wait for the client, if they hold up the next ones.
    private func unsent(_ context: ChannelHandlerContext) -> Int64? {
        guard !context.channel.isWritable else { return nil }
        guard wire == .http1 else { return streamUnsent }
        return Int64((try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }
}

/// A request's body came too slowly to go on waiting for it.
struct SlowBody: Error {
    static let message = "The body came too slowly; nothing was stored."
}
