import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP/1.1 client. The target goes out exactly as given and nothing is added but what `Request` says.
enum Wire {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One request on a connection of its own.
    static func send(_ request: Request, to port: Int, within limit: Duration = .seconds(60)) async throws -> Reply {
        try await within_(limit, request) {
            try await connect(to: port) { connection in try await connection.send(request) }
        }
    }

    private static func within_(
        _ limit: Duration, _ request: Request, _ body: @escaping @Sendable () async throws -> Reply
    ) async throws -> Reply {
        try await within(limit, "\(request.method) \(request.target.prefix(120))", body)
    }

    /// A connection for several requests, one after the other; closed at the end.
    static func connect<Result: Sendable>(to port: Int, _ body: (WireConnection) async throws -> Result) async throws
        -> Result
    {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(60))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    var encoding = HTTPRequestEncoder.Configuration()
                    encoding.automaticallySetFramingHeaders = false
                    let decoder = HTTPResponseDecoder(
                        leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
                    try channel.pipeline.syncOperations.addHandlers(
                        HTTPRequestEncoder(configuration: encoding), ByteToMessageHandler(decoder), RequestPartMapper())
                    return try NIOAsyncChannel<HTTPClientResponsePart, RequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(WireConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound))
        }
    }
}

typealias RequestPart = HTTPPart<HTTPRequestHead, ByteBuffer>

/// `IOData` is not sendable, `ByteBuffer` is.
private final class RequestPartMapper: ChannelOutboundHandler {
    typealias OutboundIn = RequestPart
    typealias OutboundOut = HTTPClientRequestPart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPClientRequestPart =
            switch unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let buffer): .body(.byteBuffer(buffer))
            case .end(let trailers): .end(trailers)
            }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}

/// What to send.
struct Request: Sendable {
    enum Body: Sendable {
        case none
        /// With its `Content-Length`.
        case bytes([UInt8])
        /// `size` bytes with a `Content-Length`, made chunk by chunk from the chunk's number and size.
        case stream(size: Int, chunk: @Sendable (_ number: Int, _ size: Int) -> [UInt8])
        /// Chunked transfer coding, one chunk each.
        case chunked([[UInt8]])
        /// Chunked transfer coding without an end: the same chunk until the server answers.
        case endless([UInt8])

        static func text(_ text: String) -> Body { .bytes(Array(text.utf8)) }
    }

    /// Bytes in a chunk of a `.stream`.
    static let chunkSize = 1 << 20

    var method: HTTPMethod
    var target: String
    var headers: HTTPHeaders
    var body: Body = .none
}

/// What came back.
struct Reply: Sendable, CustomStringConvertible {
    var status: Int
    var headers: HTTPHeaders
    /// Empty when a sink took it.
    var body: [UInt8] = []
    var trailers: HTTPHeaders?
    /// The 1xx answers before it.
    var informational: [Int] = []

    /// The field's value; several lines joined by commas.
    func header(_ name: String) -> String? {
        let values = headers[name]
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    var etag: String? { header("etag") }
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { get throws { try JSON(parsing: body) } }

    var description: String {
        let fields = headers.map { "\($0.name): \($0.value)" }.joined(separator: "; ")
        return "\(status) [\(fields)] \(body.count <= 600 ? text : "\(body.count) bytes")"
    }
}

/// An open connection; used by one task.
final class WireConnection {
    private var inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<RequestPart>

    fileprivate init(
        inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<RequestPart>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Sends while it reads, so an answer that comes before the body's end is seen.
    /// - Parameter sink: takes the body of a 2xx answer instead of ``Reply/body``.
    func send(_ request: Request, sink: ((ByteBuffer) -> Void)? = nil) async throws -> Reply {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [outbound] in
                // A server that refuses early closes its side: its answer tells, not the broken pipe.
                try? await Self.write(request, to: outbound)
            }
            defer { group.cancelAll() }
            var reply = try await readHead()
            while let part = try await inbound.next() {
                switch part {
                case .head: throw Wire.Failure(description: "a second head")
                case .body(let buffer):
                    if let sink, (200..<300).contains(reply.status) {
                        sink(buffer)
                    } else {
                        reply.body.append(contentsOf: buffer.readableBytesView)
                    }
                case .end(let trailers):
                    reply.trailers = trailers
                    return reply
                }
            }
            throw Wire.Failure(description: "the connection closed inside the answer \(reply)")
        }
    }

    /// Sends a request without a body and reads the head of its answer; ``next()`` gives the body.
    func open(_ request: Request) async throws -> Reply {
        // The answer may be out, and the connection closed, before the request's last part is written.
        try? await Self.write(request, to: outbound)
        return try await readHead()
    }

    /// The next bytes of an opened answer's body; nil at its end.
    func next() async throws -> ByteBuffer? {
        switch try await inbound.next() {
        case .body(let buffer): return buffer
        case .end: return nil
        case .head: throw Wire.Failure(description: "a second head")
        case nil: throw Wire.Failure(description: "the connection closed inside the answer")
        }
    }

    private func readHead() async throws -> Reply {
        var informational: [Int] = []
        while let part = try await inbound.next() {
            guard case .head(let head) = part else { continue }
            if (100..<200).contains(head.status.code) {
                informational.append(Int(head.status.code))
            } else {
                return Reply(status: Int(head.status.code), headers: head.headers, informational: informational)
            }
        }
        throw Wire.Failure(description: "the connection closed without an answer")
    }

    private static func write(_ request: Request, to outbound: NIOAsyncChannelOutboundWriter<RequestPart>) async throws
    {
        var head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: request.target, headers: request.headers)
        switch request.body {
        case .none: break
        case .bytes(let bytes): head.headers.replaceOrAdd(name: "content-length", value: "\(bytes.count)")
        case .stream(let size, _): head.headers.replaceOrAdd(name: "content-length", value: "\(size)")
        case .chunked, .endless: head.headers.replaceOrAdd(name: "transfer-encoding", value: "chunked")
        }
        // What is all here goes out at once: a test process that is busy must not be taken for a slow client.
        switch request.body {
        case .none: return try await outbound.write(contentsOf: [.head(head), .end(nil)])
        case .bytes(let bytes):
            let body = bytes.isEmpty ? [] : [RequestPart.body(ByteBuffer(bytes: bytes))]
            return try await outbound.write(contentsOf: [.head(head)] + body + [.end(nil)])
        case .stream, .chunked, .endless: try await outbound.write(.head(head))
        }
        switch request.body {
        case .none, .bytes: break
        case .stream(let size, let chunk):
            var sent = 0
            var number = 0
            while sent < size {
                let bytes = chunk(number, min(Request.chunkSize, size - sent))
                try await outbound.write(.body(ByteBuffer(bytes: bytes)))
                sent += bytes.count
                number += 1
            }
        case .chunked(let chunks):
            for chunk in chunks { try await outbound.write(.body(ByteBuffer(bytes: chunk))) }
        case .endless(let chunk):
            let buffer = ByteBuffer(bytes: chunk)
            while !Task.isCancelled { try await outbound.write(.body(buffer)) }
            return
        }
        try await outbound.write(.end(nil))
    }
}
