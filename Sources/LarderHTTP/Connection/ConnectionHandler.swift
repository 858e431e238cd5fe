import LarderModel
import NIOCore
import NIOHTTP1

/// The last handler of a connection (of HTTP/2: of one request): carries out what ``ConnectionMachine`` decides.
///
/// It answers hot requests on the event loop, without a task: what is in memory at once, and small writes when the
/// index's writer brings their answer. Event streams live here, too. All else gets a task. Besides, it sends
/// `100 Continue` when asked to, refuses what is not HTTP, and ends connections whose client is too slow. Lives on one
/// event loop; nothing here blocks.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    /// What the handlers before this one speak.
    enum Kind { case http1, http2Stream }

    /// The exchange at hand.
    struct Serving {
        let request: RequestHead
        var label: Exchange.Label
        let begun: ContinuousClock.Instant
        /// Whether it is answered without a task.
        var isOnLoop = true
        /// Carries the body to the task; nil: there is none, or it was taken in here.
        var pipe: BodyPipe?
        /// The answer whose head is out, and what is left of the body then; nil: none yet.
        var answer: (Answer, BodyRest, isLast: Bool)?
    }

    let wire: WireContext
    let peer: Peer
    let kind: Kind
    let loop: any EventLoop
    /// nil while the handler is in no pipeline.
    private(set) var context: ChannelHandlerContext?
    var machine: ConnectionMachine
    var serving: Serving?
    /// What is done with the small body that is being taken in.
    private var collection: (take: Exchange.Take, fallback: Exchange.Task)?
    var stream: EventStream?
    /// Where bytes go past the encoder of HTTP/1.1: plain answers, and an event stream's chunks.
    private(set) var encoder: ChannelHandlerContext?
    /// Whether an event stream's frames are chunks; over HTTP/1.0 they follow one another until the connection ends.
    var areFramesChunks = true
    private var isReadHeld = false
    /// A task's answer goes on when the client takes what is before it.
    var roomPromise: EventLoopPromise<Void>?
    /// Bytes handed to an HTTP/2 stream that are not out: such a channel does not tell. HTTP/1.1 asks the channel.
    var streamUnsent: Int64 = 0
    var lookTask: Scheduled<Void>?
    /// The client that this connection of a proxy counts for: the one whose request it carried last.
    var countedClient: IPAddress?

    init(_ wire: WireContext, peer: Peer, kind: Kind = .http1, loop: any EventLoop) {
        self.wire = wire
        self.peer = peer
        self.kind = kind
        self.loop = loop
        machine = ConnectionMachine(wire.gate.limits, now: loop.now)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if kind == .http1 {
            encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        }
        scheduleLook()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isOver()
        self.context = nil
        encoder = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver()
        context.fireChannelInactive()
    }

    private func isOver() {
        lookTask?.cancel()
        lookTask = nil
        perform(machine.inactive())
        serving = nil
        collection = nil
        roomPromise?.fail(ChannelError.ioOnClosedChannel)
        roomPromise = nil
        uncountClient()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        perform(machine.received(unwrapInboundIn(data), isWritable: context.channel.isWritable))
    }

    func bytesCame(_ count: Int) { perform(machine.bytesCame(count)) }

    func channelReadComplete(context: ChannelHandlerContext) {
        machine.readDone(loop.now)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        guard machine.mayRead else {
            isReadHeld = true
            return
        }
        machine.readAsked(loop.now)
        context.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            roomPromise?.succeed()
            roomPromise = nil
            machine.becameWritable()
            resume()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: perform(machine.inputClosed())
        case is ChannelShouldQuiesceEvent: perform(machine.quiesce())
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        perform(machine.inputFailed(error, refusal: refusal(of: error)))
    }

    /// The answer to what can't be read; nil: what went wrong is not what the client says.
    private func refusal(of error: any Error) -> LarderError? {
        guard error is HTTPParserError || error is NIOHTTPDecoderError else { return nil }
        guard case .headerOverflow? = error as? HTTPParserError else {
            return LarderError(.malformedRequest, "This is not a valid HTTP/1.1 request: \(error).")
        }
        return HeadCheck.tooLarge(wire.gate.limits)
    }

    // MARK: Actions

    func perform(_ action: ConnectionMachine.Action) {
        switch action {
        case .nothing: break
        case .look(let head): look(at: head)
        case .take(let body): take(body)
        case .feed(let piece):
            if let pipe = serving?.pipe, !pipe.push(piece) { machine.bodyWanted(false) }
        case .feedEnd: serving?.pipe?.finish(.success(()))
        case .breakBody(let error): serving?.pipe?.finish(.failure(error))
        case .refuse(let error): refuse(error)
        case .leave:
            leaveStream()
            context?.close(promise: nil)
        case .shutDownStream: stream?.shutDown()
        case .close: context?.close(promise: nil)
        }
    }

    /// What was kept back, and the reading, go on where they may.
    func resume() {
        guard let context else { return }
        while let action = machine.takeHeld(isWritable: context.channel.isWritable) { perform(action) }
        guard isReadHeld, machine.mayRead else { return }
        isReadHeld = false
        read(context: context)
    }

    // MARK: Requests

    /// The one look at a request.
    private func look(at head: HTTPRequestHead) {
        guard countClient(head) else {
            // The proxy's connection is given up for it: a body may follow that nobody wants.
            let error = Gatekeeper.tooManyConnections
            return perform(machine.refuse(LarderError(error.code, error.message)))
        }
        let begun = ContinuousClock.now
        let request = RequestHead(head, id: RequestID.next(), from: peer)
        let fault = wire.headCheck.fault(in: request)
        let exchange =
            fault.map { wire.responder.exchange(for: request, refusing: $0) } ?? wire.responder.exchange(for: request)
        serving = Serving(request: request, label: exchange.label, begun: begun)
        serve(request, exchange.way, isRefusal: fault != nil)
    }

    /// - Parameter isRefusal: whether the head itself is refused.
    private func serve(_ request: RequestHead, _ way: Exchange.Way, isRefusal: Bool = false) {
        switch way {
        case .answer(let answer):
            machine.serve(.answered)
            let isBodyComing = request.hasBody && !request.expectsContinue
            send(answer, isBodyComing ? .coming : request.hasBody || isRefusal ? .unknown : .nothing)
        case .collect(let limit, let take, let fallback):
            machine.serve(.collected(limit: limit))
            collection = (take, fallback)
            if request.expectsContinue { sendContinue() }
        case .follow(let isAllowed, let source):
            machine.serve(.followed)
            follow(isAllowed, source)
        case .task(let work):
            machine.serve(.awaited)
            if request.hasBody {
                let handler = NIOLoopBound(self, eventLoop: loop)
                serving?.pipe = BodyPipe(unreadMax: BodyPipe.unreadMax) { [loop] in
                    loop.execute { handler.value.bodyHasRoom() }
                }
            }
            run(work, nil)
        case .later(let find):
            machine.serve(.undecided)
            serving?.isOnLoop = false
            let handler = NIOLoopBound(self, eventLoop: loop)
            wire.tasks.run { [loop] in
                let exchange = await find()
                loop.execute { handler.value.decided(exchange) }
            }
        }
    }

    /// It is known now how the request is served.
    private func decided(_ exchange: Exchange) {
        guard machine.isUndecided, let request = serving?.request else { return }
        serving?.label = exchange.label
        let isShuttingDown = machine.isQuiescing
        serve(request, exchange.way)
        if isShuttingDown { stream?.shutDown() }
        resume()
    }

    /// Hands over a small body.
    private func take(_ body: ByteBuffer) {
        guard let (take, fallback) = collection.take() else { return }
        let handler = NIOLoopBound(self, eventLoop: loop)
        let isTaken = take(body) { [loop] answer in loop.execute { handler.value.finish(answer, .nothing) } }
        if !isTaken { run(fallback, body) }
    }

    /// - Parameter whole: the body, where it is all here.
    private func run(_ work: @escaping Exchange.Task, _ whole: ByteBuffer?) {
        serving?.isOnLoop = false
        guard let serving else { return }
        let request = serving.request, pipe = serving.pipe, gate = wire.gate, loop = loop
        let handler = NIOLoopBound(self, eventLoop: loop)
        let writer = AnswerWriter(handler, loop: loop)
        wire.tasks.run {
            guard let pipe else {
                let body = whole.map { IncomingBody($0) } ?? IncomingBody()
                return await writer.write(await work(body), .nothing)
            }
            let isLarge = request.contentLength.map { $0 > ServerLimits.uploadSize } ?? true
            let body = IncomingBody(
                pipe, request.contentCoding, inflateRatio: gate.limits.inflateRatio,
                announced: request.contentLength.map { Int($0) }, buffers: gate.buffers, gate: isLarge ? gate : nil,
                sendContinue: request.expectsContinue ? { loop.execute { handler.value.sendContinue() } } : nil)
            let answer = await work(body)
            // A body that was refused is not waited for: the answer goes out first.
            await writer.write(answer, body.isEnded ? .nothing : body.isAskedFor ? .coming : .unknown)
        }
    }

    private func bodyHasRoom() {
        machine.bodyWanted(true)
        resume()
    }

    private func sendContinue() {
        guard let context, serving != nil else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }
}
