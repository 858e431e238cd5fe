import EventStreams
import NIOCore
import NIOHTTP1

/// The connection of an event stream.
extension ConnectionHandler: EventConnection {
    func follow(_ isAllowed: @escaping @Sendable () -> Bool, _ source: (EventStream) -> any EventSource) {
        guard let context else { return }
        if kind == .http1 {
            let mark = ChannelOptions.Types.WriteBufferWaterMark(
                low: EventStream.bufferMax / 4, high: EventStream.bufferMax)
            try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
        }
        let stream = EventStream(self, loop: loop, gate: wire.gate, isAllowed: isAllowed)
        self.stream = stream
        // Nothing is expected from the client but its leaving, which only a read can show.
        context.read()
        stream.start(source(stream))
    }

    func openStream(_ answer: Answer) {
        guard let context, let serving else { return }
        var head = answer.responseHead(for: serving.request, closing: true)
        if !serving.request.isModern {
            // The encoder makes chunks of every answer of HTTP/1.1 that has no length.
            head.version = .http1_0
            head.headers.remove(name: "transfer-encoding")
            areFramesChunks = false
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if case .bytes(let bytes) = answer.body { write(bytes, context, nil) }
        wire.responder.finished(
            FinishedExchange(
                request: serving.request, label: serving.label, status: answer.status,
                duration: ContinuousClock.now - serving.begun, bytesOut: 0, isOnLoop: true, failure: nil))
        self.serving = nil
    }

    func transmit(_ frames: [EventFrame], _ sent: EventLoopPromise<Void>?) {
        guard let context else {
            sent?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch kind {
        case .http1:
            guard let encoder else { return context.close(promise: nil) }
            encoder.writeAndFlush(NIOAny(Self.joined(frames, areFramesChunks ? \.chunk : \.text)), promise: sent)
        case .http2Stream:
            write(Self.joined(frames, \.text), context, sent)
            context.flush()
        }
    }

    private static func joined(_ frames: [EventFrame], _ form: (EventFrame) -> ByteBuffer) -> ByteBuffer {
        guard frames.count != 1 else { return form(frames[0]) }
        var all = ByteBuffer()
        all.reserveCapacity(frames.reduce(0) { $0 + $1.chunk.readableBytes })
        for frame in frames { all.writeImmutableBuffer(form(frame)) }
        return all
    }

    var isKeepingUp: Bool {
        switch kind {
        case .http1: context?.channel.isWritable ?? false
        case .http2Stream: streamUnsent < EventStream.bufferMax
        }
    }

    func closeStream() {
        stream = nil
        let action = machine.close()
        context?.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        perform(action)
    }

    func cutStream() {
        stream = nil
        perform(machine.close())
    }

    /// The client has left.
    func leaveStream() {
        stream?.leave()
        stream = nil
    }
}
