import NIOCore
import NIOHTTP1

/// A part of a request on its way from a connection's handler to its task.
package enum RequestPart: Sendable {
    /// - Parameter judged: what the responder said of it; nil for a request behind others of its connection, of which it
    ///   is asked when its turn has come.
    case head(HTTPRequestHead, judged: JudgedRequest?)
    case body(ByteBuffer)
    case end
}

/// A request of which the responder has been asked, so that nobody asks again: it is routed, authorized and counted once.
package struct JudgedRequest: Sendable {
    let request: RequestHead
    let exchange: Exchange
    let begun: ContinuousClock.Instant
}
