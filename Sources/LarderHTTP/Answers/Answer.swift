package import LarderModel
package import NIOCore
package import NIOHTTP1

/// What a face answers: everything but what every answer has (request ID, date, framing).
package struct Answer: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: Body

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

    /// The same answer to a HEAD request.
    package var withoutBody: Answer {
        var answer = self
        answer.body = .none(length: contentLength)
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
