import LarderModel
import NIOCore
import NIOHTTP1

/// Answers on their way out.
extension ConnectionHandler {
    /// The largest piece handed to an HTTP/2 stream, so that a slow client's progress shows.
    private static let streamPiece = 16 << 10

    /// Sends an answer that is all in memory, and goes on.
    func finish(_ answer: Answer, _ rest: BodyRest) {
        send(answer, rest)
        resume()
    }

    /// Sends an answer that is all in memory.
    func send(_ answer: Answer, _ rest: BodyRest) {
        if sendAtOnce(answer, rest) { return }
        guard begin(answer, rest), let context else { return }
        if case .bytes(let bytes) = answer.body { write(bytes, context, nil) }
        end()
    }

    /// Sends a plain answer over HTTP/1.1, its head as text and a small body right behind it: one write, which saves
    /// the way of each part through the encoder.
    /// - Returns: false when it is not so plain, or nobody waits for it: nothing was done.
    private func sendAtOnce(_ answer: Answer, _ rest: BodyRest) -> Bool {
        guard let encoder, let request = serving?.request, machine.mayAnswer, answer.isFramedByLength else {
            return false
        }
        let isLast = machine.endsBehindAnswer(isBodyLeft: rest != .nothing, isKeepAlive: request.isKeepAlive)
        let body: ByteBuffer? = if case .bytes(let bytes) = answer.body { bytes } else { nil }
        let size = body?.readableBytes ?? 0
        var out = encoder.channel.allocator.buffer(capacity: Self.headRoom + (size <= Self.joinedMax ? size : 0))
        guard answer.responseHead(for: request, closing: isLast).write(to: &out) else { return false }
        machine.wrote(size)
        if let body, size > Self.joinedMax {
            encoder.write(NIOAny(out), promise: nil)
            encoder.writeAndFlush(NIOAny(body), promise: keeping(answer.holding))
        } else {
            if let body { out.writeImmutableBuffer(body) }
            encoder.writeAndFlush(NIOAny(out), promise: keeping(answer.holding))
        }
        finished(answer, failure: nil)
        serving = nil
        perform(machine.answered(loop.now, isLast: isLast, drains: rest == .coming))
        return true
    }

    /// Bytes of most heads.
    private static let headRoom = 1_200
    /// A body of so many bytes is copied behind its head.
    private static let joinedMax = 4 << 10

    /// Sends an answer's head.
    /// - Returns: false when nobody waits for it any more.
    @discardableResult
    func begin(_ answer: Answer, _ rest: BodyRest) -> Bool {
        guard let context, let request = serving?.request, machine.mayAnswer else { return false }
        let isEndless = request.method == .HEAD && answer.status == .ok && answer.contentLength == nil
        let isKeepAlive =
            request.isKeepAlive && !isEndless && (request.isModern || !answer.isOfUnknownLength)
        let isLast = machine.endsBehindAnswer(isBodyLeft: rest != .nothing, isKeepAlive: isKeepAlive)
        serving?.answer = (answer, rest, isLast)
        var head = answer.responseHead(for: request, closing: isLast)
        // The encoder would end a HEAD's answer that has no length with an empty chunk, which is read as the next one.
        if isEndless { head.version = .http1_0 }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        return true
    }

    /// Sends a piece of a long answer.
    /// - Returns: completes when the next piece may come; fails when the connection is gone.
    func send(_ piece: ByteBuffer) -> EventLoopFuture<Void> {
        guard let context, serving?.answer != nil, machine.mayAnswer else {
            return loop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        write(piece, context, nil)
        context.flush()
        guard !context.channel.isWritable else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        roomPromise = promise
        return promise.futureResult
    }

    /// A long answer is all sent.
    func finish() {
        end()
        resume()
    }

    private func end() {
        guard let context, let answer = serving?.answer, machine.mayAnswer else { return }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: keeping(answer.0.holding))
        finished(answer.0, failure: nil)
        serving = nil
        perform(machine.answered(loop.now, isLast: answer.isLast, drains: answer.1 == .coming))
    }

    /// A promise for the last write of an answer, which keeps something until that is out, or never will be.
    private func keeping(_ holding: (any AnyObject & Sendable)?) -> EventLoopPromise<Void>? {
        guard let holding else { return nil }
        let sent = loop.makePromise(of: Void.self)
        sent.futureResult.whenComplete { _ in withExtendedLifetime(holding) {} }
        return sent
    }

    /// A long answer can't go on.
    /// - Parameter failure: what is wrong with its content; nil: its connection is gone.
    func cut(_ failure: LarderError?) {
        guard let answer = serving?.answer, machine.mayAnswer else { return }
        if failure != nil { finished(answer.0, failure: failure) }
        serving = nil
        perform(machine.close())
    }

    func finished(_ answer: Answer, failure: LarderError?) {
        guard let serving else { return }
        wire.responder.finished(
            FinishedExchange(
                request: serving.request, label: serving.label, status: answer.status,
                duration: ContinuousClock.now - serving.begun, bytesOut: answer.contentLength ?? 0,
                isOnLoop: serving.isOnLoop, failure: failure))
    }

    /// Answers what is no request, or one that is not taken, and closes.
    func refuse(_ error: LarderError) {
        wire.gate.refused(error.limit)
        serving = nil
        guard let context else { return }
        let answer = wire.responder.refusal(error)
        let request = RequestHead(
            HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), id: RequestID.next(), from: peer)
        context.write(wrapOutboundOut(.head(answer.responseHead(for: request, closing: true))), promise: nil)
        if case .bytes(let bytes) = answer.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    /// Writes a piece of a body.
    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        machine.wrote(bytes.readableBytes)
        switch kind {
        case .http1: context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .http2Stream: writeToStream(bytes, context, promise)
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
            let sent = loop.makePromise(of: Void.self)
            sent.futureResult.assumeIsolated().whenComplete { [self] _ in streamUnsent -= size }
            if bytes.readableBytes == 0, let promise { sent.futureResult.cascade(to: promise) }
            context.write(wrapOutboundOut(.body(.byteBuffer(piece))), promise: sent)
        } while bytes.readableBytes > 0
    }
}
