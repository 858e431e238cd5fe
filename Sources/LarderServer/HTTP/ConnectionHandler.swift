import BlobStore
import DequeModule
import LarderModel
import NIOCore
import NIOHTTP1
import ObjectFiles

/// The last handler before a connection's task. It answers the hot requests on the event loop, without a task: reads of small entries that
/// are in memory, and writes of small ones, whose answer the index's writer brings. Everything else passes through unchanged, in order.
///
/// It also sends `100 Continue` when asked to, refuses what is not HTTP, closes connections on which nothing moves, and holds a shutdown
/// back until its own answer is out. Lives on one event loop; nothing here blocks.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Asks for `100 Continue` to be sent.
    struct SendContinue: Sendable {}

    /// Nothing has come that was waited for, or nothing could be sent, for this long: the connection is closed.
    private static let idleMax = TimeAmount.seconds(75)
    private static let idleCheck = TimeAmount.seconds(15)
    /// Bodies up to this size are taken in here. It is the size that is kept in the index.
    private static let smallBody = ObjectStore.inlineMax

    private let context: ServerContext
    private let faces: FastPath

    private var mode = Mode.open
    private enum Mode {
        /// Between requests, or handing parts through to the task.
        case open
        /// A request was answered here; its `.end` is still to come.
        case skippingEnd
        /// Taking in the body of a small write.
        case collecting(FastPath.Write, ByteBuffer)
        /// The writer works on it; what the client sends meanwhile waits.
        case writing
        /// An event stream; nothing more is read from this client.
        case following(EventStream)
        /// An event stream was asked for behind requests that are not answered yet.
        case waiting
    }

    /// Requests handed to the task that have no whole answer yet.
    private var outstanding = 0
    /// Whether the head of a request to the task was the last that came, so that its body goes the same way.
    private var isPassingBody = false
    private var held = Deque<HTTPServerRequestPart>()
    private var isReadHeld = false
    private var isQuiescing = false
    private var hasSentError = false

    private var isReadWanted = false
    private var lastMovement = NIODeadline.now()
    private var idleTask: Scheduled<Void>?

    init(context: ServerContext) {
        self.context = context
        faces = FastPath(context: context)
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReadWanted = false
        lastMovement = .now()
        take(unwrapInboundIn(data), context)
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (mode, part) {
        case (.writing, _), (.waiting, _): held.append(part)
        case (.following, _): break
        case (.skippingEnd, .end): mode = .open
        case (.skippingEnd, _): break  // no body was announced
        case (.collecting(let write, var bytes), .body(var piece)):
            bytes.writeBuffer(&piece)  // the decoder keeps to the announced length, which is small
            mode = .collecting(write, bytes)
        case (.collecting(let write, let bytes), .end): begin(write, bytes, context)
        case (.open, .head(let head)):
            if outstanding > 0, faces.isStream(head) {
                mode = .waiting
                held.append(part)
                return
            }
            if outstanding == 0, faces.isCandidate(head) {
                switch faces.decide(head) {
                case .answer(let request, let answer, let face, let begun):
                    mode = .skippingEnd
                    send(answer, to: request, face, begun, context)
                    return
                case .write(let write):
                    mode = .collecting(write, ByteBuffer())
                    return
                case .follow(let request, let subject, let after, let fields):
                    follow(request, subject, after, fields, context)
                    return
                case .pass: break
                }
            }
            outstanding += 1
            isPassingBody = true
            context.fireChannelRead(wrapInboundOut(part))
        case (.open, .body), (.open, .end):
            if isPassingBody { context.fireChannelRead(wrapInboundOut(part)) }
            if case .end = part { isPassingBody = false }
        case (.collecting, .head): context.close(promise: nil)  // the decoder never gives this
        }
    }

    private func begin(_ write: FastPath.Write, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        mode = .writing
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        let taken = faces.start(write, body) { answer in
            loop.execute {
                let (handler, context) = bound.value
                handler.finish(write, answer, context)
            }
        }
        guard !taken else { return }
        // Better not done here: goes to the task after all, as if it had just come.
        mode = .open
        outstanding += 1
        context.fireChannelRead(wrapInboundOut(.head(write.head)))
        if body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(body))) }
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        isPassingBody = false
    }

    private func finish(_ write: FastPath.Write, _ answer: Answer, _ context: ChannelHandlerContext) {
        mode = .open
        lastMovement = .now()
        guard context.channel.isActive else { return }
        send(answer, to: write.request, write.face, write.begun, context)
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
        case .writing, .waiting: true
        default: false
        }
    }

    private func follow(
        _ request: RequestHead, _ subject: EventStream.Subject, _ after: Int64?, _ fields: HTTPHeaders, _ context: ChannelHandlerContext
    ) {
        let begun = ContinuousClock.now
        // Frames come ready-made with their chunk framing; they go past the encoder.
        guard let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else {
            return context.close(promise: nil)
        }
        let output = EventStream.Output(
            loop: context.eventLoop,
            begin: { [self] answer in
                var answer = answer
                answer.headers.add(contentsOf: fields)
                let hasBody = answer.contentLength != nil
                context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: true))), promise: nil)
                if hasBody, case .bytes(let bytes) = answer.body { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
                self.context.metrics.observe(.progress, .GET, answer.status, ContinuousClock.now - begun, bytesOut: 0)
            },
            send: { [self] frames in
                lastMovement = .now()
                return encoder.writeAndFlush(NIOAny(frames))
            },
            isWritable: { context.channel.isWritable },
            end: { [self] in
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                context.close(promise: nil)
            },
            cut: { context.close(promise: nil) })
        // A signature bounds itself by its expiry, which is checked when the follower comes (back).
        let principal = try? self.context.principal(request)
        let server = self.context
        let stream = EventStream(subject, after: after, context: server, output: output) {
            principal.map { server.isStillValid($0) } ?? true
        }
        mode = .following(stream)
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: EventStream.bufferMax / 4, high: EventStream.bufferMax)
        _ = try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
        // Nothing is expected from the client but its leaving, which only a read can show.
        context.read()
        stream.start()
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.fireChannelReadComplete() }

    private func send(
        _ answer: Answer, to request: RequestHead, _ face: RequestMetrics.Face, _ begun: ContinuousClock.Instant, _ context: ChannelHandlerContext
    ) {
        context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: isQuiescing))), promise: nil)
        if case .bytes(let bytes) = answer.body { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        self.context.metrics.fastPath.add()
        self.context.metrics.observe(face, request.method, answer.status, ContinuousClock.now - begun, bytesOut: answer.contentLength ?? 0)
        closeIfQuiesced(context)
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        lastMovement = .now()
        if case .end = unwrapOutboundIn(data) {
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
        } else {
            context.write(data, promise: promise)
        }
    }

    func read(context: ChannelHandlerContext) {
        // While a write is under way no more is read: what a client may pipeline is bounded by what one read brings.
        if isHolding {
            isReadHeld = true
        } else {
            isReadWanted = true
            lastMovement = max(lastMovement, .now() - Self.idleMax)
            context.read()
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is SendContinue {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: promise)
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
        case .collecting, .writing, .following, .waiting: break
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
        var answer = Answer.error(LarderError(.malformedRequest, "This is not a valid HTTP/1.1 request: \(error)."), onNetlifyFace: true)
        if case .headerOverflow? = error as? HTTPParserError { answer.status = .requestHeaderFieldsTooLarge }
        let request = RequestHead(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), id: RequestID.next())
        context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: true))), promise: nil)
        if case .bytes(let bytes) = answer.body { context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    // MARK: Idleness

    func handlerAdded(context: ChannelHandlerContext) { scheduleIdleCheck(context) }
    func handlerRemoved(context: ChannelHandlerContext) { idleTask?.cancel() }
    func channelInactive(context: ChannelHandlerContext) {
        idleTask?.cancel()
        idleTask = nil
        if case .following(let stream) = mode {
            stream.leave()
            mode = .open
        }
        context.fireChannelInactive()
    }

    private func scheduleIdleCheck(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        idleTask = context.eventLoop.scheduleTask(in: Self.idleCheck) {
            let (handler, context) = bound.value
            handler.checkIdle(context)
        }
    }

    /// Slow for its own fault is a client that sends nothing we wait for, or takes nothing we send. While we are the slow side, we wait.
    private func checkIdle(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        if case .following = mode { return scheduleIdleCheck(context) }  // heartbeats and the buffer's bound take care of these
        let isTheirTurn = isReadWanted && (outstanding == 0 || isPassingBody) || !context.channel.isWritable
        if isTheirTurn, NIODeadline.now() - lastMovement > Self.idleMax {
            context.close(promise: nil)
        } else {
            scheduleIdleCheck(context)
        }
    }
}
