package import LarderModel
package import NIOCore
package import NIOHTTP1

/// Who answers requests. The wire asks it once for each request, when the request's turn has come.
package protocol HTTPResponder: Sendable {
    /// The one look at a request, from its head alone: routed once, authorized once. Called on the connection's event
    /// loop; must not block.
    func exchange(for request: RequestHead) -> Exchange

    /// The same for a head that is refused, whatever it asks for: the way is an answer. The connection ends behind it.
    func exchange(for request: RequestHead, refusing fault: LarderError) -> Exchange

    /// The answer to what can't be read as a request, or did not come in time: no face is known.
    func refusal(_ error: LarderError) -> Answer

    /// An exchange is over: for counters and the log. Called on the connection's event loop.
    func finished(_ exchange: FinishedExchange)
}

/// How a request is served.
package struct Exchange: Sendable {
    /// Under what the responder counts it; the wire only hands it back.
    package let label: Label
    package let way: Way

    package struct Label: Hashable, Sendable {
        package let index: Int
        package init(_ index: Int) { self.index = index }
    }

    package enum Way: Sendable {
        /// The answer is known, and all of it is in memory. Where the request has a body, nobody wants that: the answer
        /// goes out at once, and the connection ends.
        case answer(Answer)
        /// A small body of an announced length, at most `limit` bytes, is taken in on the event loop, then handed to
        /// `take`, which gives the answer to its second argument later, from any thread. Where it returns false, a task
        /// had better do it: `fallback` then gets the same body.
        case collect(limit: Int, take: Take, fallback: Task)
        /// An event stream, which goes on until it ends or the client leaves. `source` is called once, on the event
        /// loop; `isAllowed` every few seconds: whether who asked would still be let in.
        case follow(isAllowed: @Sendable () -> Bool, source: @Sendable (EventStream) -> any EventSource)
        /// Work for a task of its own, which may suspend: it reads the body as it comes, and answers.
        case task(Task)
        /// How it is served is found out in a task, which may suspend; the wire keeps what follows back until then. The
        /// label is that of what is found.
        case later(Later)
    }

    package typealias Take = @Sendable (ByteBuffer, _ done: @escaping @Sendable (Answer) -> Void) -> Bool
    package typealias Task = @Sendable (IncomingBody) async -> Answer
    package typealias Later = @Sendable () async -> Exchange

    package init(_ label: Label, _ way: Way) {
        self.label = label
        self.way = way
    }
}

/// What became of an exchange.
package struct FinishedExchange: Sendable {
    package let request: RequestHead
    package let label: Exchange.Label
    package let status: HTTPResponseStatus
    /// From the request's head to the end of its answer; of an event stream: to the head of its answer.
    package internal(set) var duration: Duration
    /// Bytes of the answer's body, as its `Content-Length` says; 0 for event streams.
    package let bytesOut: Int64
    /// Whether it was answered on the event loop, without a task.
    package let isOnLoop: Bool
    /// Why the connection was cut within the answer's body; nil: it was not.
    package internal(set) var failure: LarderError?
}
