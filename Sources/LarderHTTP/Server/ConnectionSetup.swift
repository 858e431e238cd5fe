import LarderModel
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// Puts together the handlers of a connection: the codec of HTTP/1.1 and ``ConnectionHandler``. With TLS: HTTP/2 where
/// the client's ALPN asks for it; each of its requests is a small channel of its own, with such a handler of its own.
struct ConnectionSetup: Sendable {
    let wire: WireContext
    /// nil: no TLS.
    let certificates: Certificates?

    /// Requests of one HTTP/2 connection at once; the client keeps more back.
    private static let streamsMax = 100
    /// Header fields up to so many times their limit are read, and their request is refused. More ends the connection,
    /// for fields that are not read leave the compression of all later ones broken.
    private static let headerLists = 4
    /// Of the largest frame that a client may send unless it was told otherwise (RFC 9113 §4.2).
    private static let frameBytes = 16 << 10

    func setUp(_ channel: any Channel) throws {
        let peer = try meet(channel)
        guard let certificates else { return try http1(channel, peer) }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
        try pipeline.addHandler(HandshakeDeadline(wire.gate))
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    switch result {
                    case .negotiated("h2"): try http2(channel, peer)
                    case .negotiated, .fallback: try http1(channel, peer)
                    }
                }
            })
    }

    /// The first thing that happens to a connection: it is counted, and turned away where its client has too many.
    private func meet(_ channel: any Channel) throws -> Peer {
        wire.gate.accepted.add()
        let peer = Peer(IPAddress(channel.remoteAddress), isTLS: certificates != nil, proxies: wire.gate.proxies)
        if let counter = ClientCounter(peer, wire.gate) { try channel.pipeline.syncOperations.addHandler(counter) }
        return peer
    }

    /// A connection that speaks HTTP/1.1 from here on.
    private func http1(_ channel: any Channel, _ peer: Peer) throws {
        let limits = wire.gate.limits
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = Int(limits.headerField.bytes)
        decoding.maxHeaderListSize = Int(limits.headerList.bytes)
        decoding.maxHeaderFieldCount = limits.headerCount
        let connection = ConnectionHandler(wire, peer: peer, loop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ByteCounter(connection))
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoding)
        try pipeline.addHandler(connection)
    }

    private func http2(_ channel: any Channel, _ peer: Peer) throws {
        let limits = wire.gate.limits
        let headerBytes = Int(limits.headerList.bytes) * Self.headerLists
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Self.streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerBytes),
        ]
        connection.maximumSequentialContinuationFrames = headerBytes / Self.frameBytes + 1
        // A ping finds out whether a client with nothing but a quiet event stream is still there.
        let life = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: TimeAmount(limits.idleTime), maxAge: nil, maxGraceTime: TimeAmount(wire.shutdownLimit),
                keepalive: .init(pingInterval: TimeAmount(limits.idleTime), ackTimeout: TimeAmount(limits.headTime))))
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection,
            streamDelegate: life.http2StreamDelegate
        ) { stream in stream.eventLoop.makeCompletedFuture { try http2Stream(stream, peer) } }
        try channel.pipeline.syncOperations.addHandlers([handler, life])
        try channel.pipeline.syncOperations.addHandler(ConnectionErrors())
    }

    /// One request of an HTTP/2 connection.
    private func http2Stream(_ stream: any Channel, _ peer: Peer) throws {
        let pipeline = stream.pipeline.syncOperations
        try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
        try pipeline.addHandler(ConnectionHandler(wire, peer: peer, kind: .http2Stream, loop: stream.eventLoop))
    }
}
