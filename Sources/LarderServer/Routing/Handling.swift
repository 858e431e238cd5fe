import LarderHTTP
import NIOCore
import NIOHTTP1

/// How an operation goes about a request.
enum Handling: Sendable {
    /// The answer is known, and all of it is in memory.
    case answer(Answer)
    /// A small body, at most `limit` bytes, is taken in on the event loop; `take` gets it and gives its result later,
    /// from any thread. Where it returns false, `fallback` gets the same body.
    case collect(limit: Int, take: Take, fallback: Task)
    /// An event stream, which goes on while `isAllowed` says so.
    case follow(isAllowed: @Sendable () -> Bool, Source)
    /// Work that may wait, in a task of its own.
    case task(Task)

    typealias Task = @Sendable (IncomingBody) async throws -> Answer
    typealias Take = @Sendable (ByteBuffer, _ done: @escaping @Sendable (Result<Answer, any Error>) -> Void) -> Bool
    /// Makes the stream; its answer's head has these fields, whatever it is.
    typealias Source = @Sendable (EventStream, _ fields: HTTPHeaders) -> any EventSource
}
