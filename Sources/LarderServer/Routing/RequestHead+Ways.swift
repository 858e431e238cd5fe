import LarderHTTP
import NIOHTTP1

/// What a head says of the ways in which its request may be served.
extension RequestHead {
    /// Whether the client asks for an event stream (a type of higher or equal rank beside it makes no difference here).
    var wantsEventStream: Bool { accepts("text/event-stream") }

    /// Whether the answer is to be an event stream; to HEAD, its fields alone.
    var follows: Bool { (method == .GET || method == .HEAD) && wantsEventStream }

    /// Whether it may be answered on the event loop, if all that it takes is in memory.
    var isQuickRead: Bool {
        (method == .GET || method == .HEAD) && isModern && isKeepAlive && !mentionsBody
    }

    /// Whether its body may be taken in on the event loop: announced, of at most `limit` bytes, and nothing unusual.
    func isQuickWrite(_ method: HTTPMethod = .PUT, limit: Int) -> Bool {
        guard self.method == method, isModern, isKeepAlive, let length = contentLength, length <= limit else {
            return false
        }
        return !headers.contains(name: "expect") && !headers.contains(name: "content-encoding")
            && !headers.contains(name: "transfer-encoding")
    }

    private var mentionsBody: Bool {
        headers.contains(name: "content-length") || headers.contains(name: "transfer-encoding")
    }
}
