import LarderClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A request as it came over the wire.
struct ReceivedRequest: Sendable {
    var method: HTTPMethod
    /// The request target, untouched.
    var target: String
    var headers: HTTPHeaders
    var body: ByteBuffer

    var text: String { String(buffer: body) }
}

/// What the server of a test answers.
struct ScriptedAnswer: Sendable {
    var status = HTTPResponseStatus.ok
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    /// Whether the connection is closed before the answer is complete.
    var isCut = false

    static func json(_ text: String, status: HTTPResponseStatus = .ok) -> ScriptedAnswer {
        ScriptedAnswer(status: status, headers: ["content-type": "application/json"], body: Array(text.utf8))
    }

    static func error(
        _ status: HTTPResponseStatus, code: String, message: String = "it went wrong", retryAfter: String? = nil
    ) -> ScriptedAnswer {
        var answer = json(#"{"error":{"code":"\#(code)","message":"\#(message)"}}"#, status: status)
        if let retryAfter { answer.headers.add(name: "retry-after", value: retryAfter) }
        return answer
    }

    /// A stream; cut off unless it has an end.
    static func events(_ text: String, isCut: Bool = true) -> ScriptedAnswer {
        ScriptedAnswer(headers: ["content-type": "text/event-stream"], body: Array(text.utf8), isCut: isCut)
    }
}

/// An HTTP server on a free port of this machine that answers as a test says.
struct ScriptedServer: Sendable {
    let url: String
    private let received: Recorder<ReceivedRequest>

    /// All requests so far, in the order in which they were complete.
    var requests: [ReceivedRequest] { received.values }

    /// Answers the requests in turn with `answers`; the last one is repeated.
    static func with(_ answers: ScriptedAnswer..., body: (ScriptedServer) async throws -> Void) async throws {
        let received = Recorder<ReceivedRequest>()
        let turn = Mutex(0)
        let next: @Sendable () -> ScriptedAnswer = {
            turn.withLock { turn in
                defer { turn += 1 }
                return answers[min(turn, answers.count - 1)]
            }
        }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(received: received, next: next))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(url: "http://127.0.0.1:\(listener.localAddress?.port ?? 0)", received: received)
        do { try await body(server) } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }
}

/// One connection of a ``ScriptedServer``; the client ends it.
private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let received: Recorder<ReceivedRequest>
    private let next: @Sendable () -> ScriptedAnswer
    private var current: ReceivedRequest?

    init(received: Recorder<ReceivedRequest>, next: @escaping @Sendable () -> ScriptedAnswer) {
        self.received = received
        self.next = next
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            current = ReceivedRequest(method: head.method, target: head.uri, headers: head.headers, body: ByteBuffer())
        case .body(var chunk): current?.body.writeBuffer(&chunk)
        case .end:
            guard let request = current else { return }
            received.add(request)
            answer(request, next(), context)
        }
    }

    private func answer(_ request: ReceivedRequest, _ answer: ScriptedAnswer, _ context: ChannelHandlerContext) {
        var head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        // Also without a body: else NIO takes the answer to HEAD for a chunked one and writes a last chunk.
        if answer.status != .noContent {
            head.headers.add(name: "content-length", value: "\(answer.body.count + (answer.isCut ? 10 : 0))")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD, answer.status != .noContent, answer.status != .notModified {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        guard answer.isCut else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
        context.flush()
        context.close(promise: nil)
    }

    /// A client that goes away is none of the test's concern.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension ScriptedServer {
    /// A client of this server that doesn't really wait; `pauses` sees for how long it would have.
    func withClient(
        token: String? = nil, site: String? = nil, limits: LarderClient.Limits = .init(),
        pauses: Recorder<Duration> = Recorder<Duration>(),
        _ body: (LarderClient) async throws -> Void
    ) async throws {
        let client = try LarderClient(url: url, token: token, site: site, limits: limits) { pauses.add($0) }
        do { try await body(client) } catch {
            await client.close()
            throw error
        }
        await client.close()
    }
}
