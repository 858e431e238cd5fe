import HummingbirdCore
import LarderModel
import Logging
import NIOCore
import NIOHTTP1

/// One connection: the HTTP/1.1 codec, ``ConnectionHandler`` (which answers hot requests itself), and a task that answers the rest in order.
struct LarderChannel: ServerChildChannel {
    typealias Value = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let context: ServerContext

    /// Bounds of one request head; beyond them 431.
    private static let headerFieldMax = 16 << 10
    private static let headerListMax = 64 << 10
    private static let headerCountMax = 200

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = Self.headerFieldMax
            limits.maxHeaderListSize = Self.headerListMax
            limits.maxHeaderFieldCount = Self.headerCountMax
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: true, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: limits)
            try pipeline.addHandler(ConnectionHandler(context: context))
            context.metrics.connections.add()
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    // Parts of a body that wait for the disk: with 64 KiB reads, 256 KiB to 1 MiB a connection.
                    backPressureStrategy: .init(lowWatermark: 4, highWatermark: 16), isOutboundHalfClosureEnabled: true))
        }
    }

    /// Bytes of a refused body that are read and dropped, so that the refusal reaches a client that is still sending. Beyond that the
    /// connection is closed: a refused upload must not cost its whole length.
    private static let drainMax = 4 << 20

    func handle(value channel: Value, logger: Logger) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let iterator = inbound.makeAsyncIterator()
                let writer = AnswerWriter(outbound: outbound)
                let responder = Responder(context: context)
                let peer = channel.channel.remoteAddress?.ipAddress ?? ""
                var parts = iterator
                while let part = try await parts.next() {
                    guard case .head(let head) = part else { continue }
                    let begun = ContinuousClock.now
                    let request = RequestHead(head, id: RequestID.next(), peer: peer)
                    let expectsContinue = request.field("expect")?.lowercased() == "100-continue"
                    let body = IncomingBody(
                        iterator,
                        sendContinue: expectsContinue
                            ? { channel.channel.triggerUserOutboundEvent(ConnectionHandler.SendContinue(), promise: nil) } : nil)
                    let (answer, face) = await responder.answer(request, body)
                    // A body that was refused is not waited for: the answer goes out first.
                    let isWhole = request.hasBody ? body.isEnded : await body.drain(limit: 0)
                    let closing = !isWhole || !request.isKeepAlive
                    do {
                        try await writer.write(answer, to: request, closing: closing)
                    } catch let error as LarderError {
                        // Damage found on the way: the length is promised already, so only a cut says it.
                        _ = responder.failure(error, request, face)
                        throw error
                    }
                    context.metrics.observe(
                        face, request.method, answer.status, ContinuousClock.now - begun, bytesOut: answer.contentLength ?? 0)
                    context.logger.debug(
                        "request",
                        metadata: [
                            "id": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.path.prefix(200))",
                            "status": "\(answer.status.code)", "ms": "\(Int((ContinuousClock.now - begun).seconds * 1000))",
                        ])
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
