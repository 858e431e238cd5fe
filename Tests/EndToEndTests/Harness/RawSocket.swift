import NIOCore
import NIOPosix

/// A bare connection: any bytes out, whatever bytes come back.
final class RawSocket {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    /// Received and not yet taken.
    private var pending: [UInt8] = []

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Runs `body` with a connection, which is closed at its end.
    /// - Parameters:
    ///   - address: where it comes from, another of the loopback's addresses; nil: as the system likes.
    ///   - receiveBuffer: bytes that the system takes in before anybody reads; nil: as many as it likes.
    static func with<Result: Sendable>(
        _ port: Int, within limit: Duration = .seconds(30), from address: String? = nil, receiveBuffer: Int? = nil,
        _ body: @escaping @Sendable (RawSocket) async throws -> Result
    ) async throws -> Result {
        try await EndToEndTests.within(limit, "a raw exchange") {
            var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            if let address { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: address, port: 0)) }
            if let receiveBuffer {
                bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
            }
            let channel =
                try await bootstrap
                .connectTimeout(.seconds(60))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                try await body(RawSocket(inbound: inbound.makeAsyncIterator(), outbound: outbound))
            }
        }
    }

    /// Sends beside a task that reads.
    var writer: NIOAsyncChannelOutboundWriter<ByteBuffer> { outbound }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Ends our side; the server's may go on.
    func finish() { outbound.finish() }

    /// Everything up to and with `mark`, or what came before the connection closed.
    func read(through mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        while true {
            if let end = pending.firstIndex(of: mark) {
                defer { pending.removeFirst(end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            guard try await more() else {
                defer { pending = [] }
                return String(decoding: pending, as: UTF8.self)
            }
        }
    }

    /// So many bytes, or what came before the connection closed.
    func read(count: Int) async throws -> [UInt8] {
        while pending.count < count, try await more() {}
        defer { pending.removeFirst(min(count, pending.count)) }
        return Array(pending.prefix(count))
    }

    /// The head of the next answer, or what came before the connection closed.
    func readHead() async throws -> String { try await read(through: "\r\n\r\n") }

    /// Everything until the server closes.
    func readToEnd() async throws -> String {
        while try await more() {}
        defer { pending = [] }
        return String(decoding: pending, as: UTF8.self)
    }

    /// A reset counts as the end: it is how a refusing server may close.
    private func more() async throws -> Bool {
        do {
            guard let buffer = try await inbound.next() else { return false }
            pending.append(contentsOf: buffer.readableBytesView)
            return true
        } catch is IOError {
            return false
        }
    }
}

extension [UInt8] {
    /// Where the first occurrence of `mark` ends.
    fileprivate func firstIndex(of mark: [UInt8]) -> Int? {
        guard count >= mark.count else { return nil }
        for start in 0...(count - mark.count) where self[start..<(start + mark.count)].elementsEqual(mark) {
            return start + mark.count
        }
        return nil
    }
}
