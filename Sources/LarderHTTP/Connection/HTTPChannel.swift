import HummingbirdCore
import LarderModel
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2

/// One connection: the HTTP/1.1 codec, ``ConnectionHandler`` (which answers hot requests itself), and a task that
/// answers the rest in order.
package struct HTTPChannel: ServerChildChannel {
    package struct Value: ServerChildChannelValue {
        fileprivate let parts: NIOAsyncChannel<RequestPart, HTTPServerResponsePart>
        fileprivate let peer: Peer
        package var channel: any Channel { parts.channel }
    }

    let context: WireContext

    package init(_ context: WireContext) { self.context = context }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { try http1(channel, try meet(channel, isTLS: false)) }
    }

    /// The first thing that happens to a connection: it is counted, and turned away where its client has too many.
    func meet(_ channel: any Channel, isTLS: Bool) throws -> Peer {
        context.gate.accepted.add()
        let peer = Peer(IPAddress(channel.remoteAddress), isTLS: isTLS, proxies: context.gate.proxies)
        if let counter = ClientCounter(peer, context.gate) { try channel.pipeline.syncOperations.addHandler(counter) }
        return peer
    }

    /// A connection that speaks HTTP/1.1 from here on.
    func http1(_ channel: any Channel, _ peer: Peer) throws -> Value {
        let limits = context.gate.limits
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = Int(limits.headerField.bytes)
        decoding.maxHeaderListSize = Int(limits.headerList.bytes)
        decoding.maxHeaderFieldCount = limits.headerCount
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoding)
        return try wrapped(channel, peer, .http1)
    }

    /// One request of an HTTP/2 connection.
    func http2Stream(_ stream: any Channel, _ peer: Peer) throws -> Value {
        try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
        return try wrapped(stream, peer, .http2Stream)
    }

    private func wrapped(_ channel: any Channel, _ peer: Peer, _ wire: ConnectionHandler.Wire) throws -> Value {
        let handler = ConnectionHandler(context: context, peer: peer, wire: wire, now: channel.eventLoop.now)
        try channel.pipeline.syncOperations.addHandler(handler)
        let parts = try NIOAsyncChannel<RequestPart, HTTPServerResponsePart>(
            wrappingChannelSynchronously: channel,
            configuration: .init(
                // Parts of a body that wait for the disk: with 64 KiB reads, 256 KiB to 1 MiB a connection.
                backPressureStrategy: .init(lowWatermark: 4, highWatermark: 16), isOutboundHalfClosureEnabled: true))
        return Value(parts: parts, peer: peer)
    }

    /// Bytes of a refused body that are read and dropped, so that the refusal reaches a client that is still sending.
    /// Beyond that the connection is closed: a refused upload must not cost its whole length.
    private static let drainMax = 4 << 20

    package func handle(value: Value, logger: Logger) async {
        let channel = value.parts
        do {
            try await channel.executeThenClose { inbound, outbound in
                let iterator = inbound.makeAsyncIterator()
                let writer = AnswerWriter(outbound: outbound, loop: channel.channel.eventLoop)
                var parts = iterator
                while let part = try await parts.next() {
                    guard case .head(let head, let judged) = part else { continue }
                    let begun = judged?.begun ?? ContinuousClock.now
                    let request = judged?.request ?? RequestHead(head, id: RequestID.next(), from: value.peer)
                    let expectsContinue = request.field("expect")?.lowercased() == "100-continue"
                    let isLarge = request.hasBody && request.contentLength.map { $0 > ServerLimits.uploadSize } ?? true
                    let body = IncomingBody(
                        iterator, gate: isLarge ? context.gate : nil,
                        sendContinue: expectsContinue
                            ? {
                                channel.channel.triggerUserOutboundEvent(ConnectionHandler.SendContinue(), promise: nil)
                            } : nil)
                    let exchange = judged?.exchange ?? context.responder.exchange(for: request)
                    let answer: Answer
                    switch exchange.way {
                    case .answer(let ready): answer = ready
                    case .collect(_, _, let fallback): answer = await fallback(body)
                    case .task(let run): answer = await run(body)
                    case .follow:
                        answer = context.responder.refusal(
                            LarderError(.malformedRequest, "An event stream needs HTTP/1.1."))
                    }
                    var finished = FinishedExchange(
                        request: request, label: exchange.label, status: answer.status, duration: .zero,
                        bytesOut: answer.contentLength ?? 0, isOnLoop: false, failure: nil)
                    // A body that was refused is not waited for: the answer goes out first.
                    let isWhole = request.hasBody ? body.isEnded : await body.drain(limit: 0)
                    let closing = !isWhole || !request.isKeepAlive
                    do {
                        try await writer.write(answer, to: request, closing: closing)
                    } catch let error as LarderError {
                        // Damage found on the way: the length is promised already, so only a cut says it.
                        finished.failure = error
                        finished.duration = .now - begun
                        context.responder.finished(finished)
                        throw error
                    }
                    finished.duration = .now - begun
                    context.responder.finished(finished)
                    if closing {
                        if !isWhole { _ = await body.drain(limit: Self.drainMax) }
                        break
                    }
                }
            }
        } catch {
            context.logger.trace("connection ended", metadata: ["error": "\(error)"])
        }
    }
}
