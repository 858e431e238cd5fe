import LarderModel
package import NIOCore

extension FollowerHub {
    /// Tells when something changes, for a task that waits for it: once at the beginning, from when on nothing is
    /// missed, and then after each change; several in quick succession may be told as one.
    /// - Parameter limit: the sequence ends after this time; at once when there are too many followers.
    package func changes(of subject: Subject, within limit: TimeAmount, on loop: any EventLoop) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        loop.execute { [self] in
            continuation.yield()
            guard let membership = try? join(Waiter(continuation), subject, on: loop) else {
                return continuation.finish()
            }
            let end = loop.scheduleTask(in: limit) { [self] in
                leave(membership)
                continuation.finish()
            }
            continuation.onTermination = { [self] _ in
                loop.execute { [self] in
                    end.cancel()
                    leave(membership)
                }
            }
        }
        return stream
    }

    private final class Waiter: HubMember {
        private let continuation: AsyncStream<Void>.Continuation
        init(_ continuation: AsyncStream<Void>.Continuation) { self.continuation = continuation }
        func deliver(_ news: HubNews) { continuation.yield() }
        func tick() {}
        func dismiss() { continuation.finish() }
    }
}
