package import LarderModel
package import NIOCore
package import NIOHTTP1

/// What a face answers: everything but what every answer has (request ID, date, framing).
package struct Answer: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: Body
    /// What has to live until the answer is out or its connection gone, such as the lease of its bytes; nil: nothing.
    package var holding: (any AnyObject & Sendable)?

    /// A body that is larger goes out in pieces of this size: what a connection keeps for a slow client is not twice
    /// the whole.
    package static let pieceSize = 64 << 10

    package enum Body: Sendable {
        /// No body at all (204, 304), or none that is sent (HEAD) though `length` says how long it would be.
        case none(length: Int64?)
        case bytes(ByteBuffer)
        /// Parts that follow one another, `length` bytes in all; nil: nobody knows yet.
        case parts([Part], length: Int64?)
    }

    /// A part of a long body.
    package enum Part: Sendable {
        case bytes(ByteBuffer)
        /// Content that is opened and read while it goes out.
        case content(@Sendable () throws -> any PieceSource)
    }

    package init(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: Body = .none(length: nil)) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ status: HTTPResponseStatus = .ok, _ bytes: [UInt8], headers: HTTPHeaders = [:]) -> Answer
    {
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "cache-control", value: "no-store")
        headers.add(name: "x-content-type-options", value: "nosniff")
        return Answer(status, headers: headers, body: .bytes(ByteBuffer(bytes: bytes)))
    }

    package static func json(_ status: HTTPResponseStatus = .ok, _ text: String) -> Answer {
        json(status, Array(text.utf8))
    }

    /// The one error shape (contract §4). Faces may add fields of their own.
    /// - Parameter status: nil: that of the table.
    package static func error(_ error: LarderError, as status: HTTPResponseStatus? = nil) -> Answer {
        let status = status ?? ErrorTable.status(error.code)
        var body = Array(#"{"error":{"code":"\#(error.code.rawValue)","message":"#.utf8)
        JSONText.appendQuoted(error.message.utf8, to: &body)
        body.append(contentsOf: "}}".utf8)
        var answer = json(status, body)
        if let seconds = ErrorTable.retryAfterSeconds(error.code) {
            answer.headers.add(name: "retry-after", value: "\(seconds)")
        }
        if status == .unauthorized {
            answer.headers.add(name: "www-authenticate", value: #"Bearer realm="larder""#)
        }
        return answer
    }

    /// Bytes of the body as `Content-Length` says it; nil for answers that have none.
    package var contentLength: Int64? {
        switch body {
        case .none(let length): length
        case .bytes(let bytes): Int64(bytes.readableBytes)
        case .parts(_, let length): length
        }
    }

    /// Whether only its end tells how long it is.
    var isOfUnknownLength: Bool {
        if case .parts(_, nil) = body { true } else { false }
    }

    /// Whether it is all here and its own head says where it ends.
    var isFramedByLength: Bool {
        let hasNone = status == .noContent || status == .notModified
        return switch body {
        case .bytes: !hasNone
        case .none(let length): (length == nil) == hasNone
        case .parts: false
        }
    }

    /// Counts a body that was made whole for this answer alone, where it is no small one.
    /// - Parameter mustGoOut: the answer can't be refused any more: what was asked for is done.
    /// - Throws: `LarderError` `.unavailable` where there is no room for it.
    package func counted(in buffers: BufferBudget, mustGoOut: Bool) throws(LarderError) -> Answer {
        guard case .bytes(let bytes) = body, bytes.readableBytes > BufferBudget.free else { return self }
        // Other holders have counted what they hold.
        guard holding == nil || holding is BufferLease else { return self }
        let lease = holding as? BufferLease ?? BufferLease(buffers)
        if mustGoOut { lease.coverAnyway(bytes.readableBytes) } else { try lease.cover(bytes.readableBytes) }
        var answer = self
        answer.holding = lease
        return answer
    }

    /// The same answer to a HEAD request.
    package var withoutBody: Answer {
        var answer = self
        answer.body = .none(length: contentLength)
        answer.holding = nil
        return answer
    }

    /// The head as it goes out.
    package func responseHead(for request: RequestHead, closing: Bool) -> HTTPResponseHead {
        var headers = headers
        headers.add(name: "x-request-id", value: request.id)
        headers.add(name: "x-nf-request-id", value: request.id)
        headers.add(name: "date", value: HTTPDateCache.now())
        if let length = contentLength { headers.add(name: "content-length", value: String(length)) }
        if closing { headers.add(name: "connection", value: "close") }
        // HTTP/1.0 knows no chunks: there the connection's end is the answer's.
        let isUntilClose = isOfUnknownLength && !request.isModern
        return HTTPResponseHead(version: isUntilClose ? .http1_0 : .http1_1, status: status, headers: headers)
    }
}
