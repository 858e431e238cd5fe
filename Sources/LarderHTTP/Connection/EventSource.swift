import NIOCore

/// What an event stream brings. Lives on its connection's event loop and is called there only.
package protocol EventSource: AnyObject {
    /// The connection waits for the head of the answer.
    func start()
    /// The server goes down.
    func shutDown()
    /// The client has left.
    func leave()
}

/// The connection, as an event stream needs it.
package struct EventOutput {
    package let loop: any EventLoop
    /// Sends the head of the answer, with the body that it has in memory.
    package let begin: (Answer) -> Void
    /// Sends frames as they are and flushes; the future completes when they are out.
    package let send: (ByteBuffer) -> EventLoopFuture<Void>
    /// Whether the buffer is below ``bufferMax``.
    package let isWritable: () -> Bool
    /// Ends the answer, after a head; the connection is then closed.
    package let end: () -> Void
    /// Closes at once.
    package let cut: () -> Void

    /// A follower whose unsent bytes stand over this is cut off.
    package static let bufferMax = 1 << 20
}
