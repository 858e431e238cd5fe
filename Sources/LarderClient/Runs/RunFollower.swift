import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A run as it goes on; see ``RunLog/follow(after:)``. Each iteration has a connection of its own, closed with it.
public struct RunFollower: AsyncSequence, Sendable {
    /// What following brings.
    public typealias Element = RunEvent

    let transport: Transport
    let path: String
    let start: FollowStart

    /// Starts to follow.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Follows. No task runs behind it: connections are made, waited for and read while ``next()`` is called.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let follower: RunFollower
        private var resume: FollowState
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var ready: [RunEvent] = []
        private var waitBeforeConnecting: Duration?
        private var isDone = false

        fileprivate init(_ follower: RunFollower) {
            self.follower = follower
            resume = FollowState(follower.start)
        }

        /// The next event; nil after the run's end.
        /// - Throws: ``LarderClientError`` when the server refuses, or can't be reached at first.
        public mutating func next() async throws -> RunEvent? {
            while true {
                if !ready.isEmpty { return ready.removeFirst() }
                if isDone { return nil }
                do {
                    if body == nil { try await connect() }
                    if !isDone { try await read() }
                } catch {
                    body = nil
                    try Task.checkCancellation()
                    let failure = ErrorMapping.transportError(error, server: follower.transport.base.text)
                    guard let error = failure as? LarderClientError,
                        let wait = resume.wait(after: error, jitter: .random(in: 0...1))
                    else {
                        isDone = true
                        throw failure
                    }
                    interrupt(error.message, wait)
                }
            }
        }

        private mutating func connect() async throws {
            if let wait = waitBeforeConnecting {
                waitBeforeConnecting = nil
                try await follower.transport.pause(wait)
            }
            var request = WireRequest(.GET, follower.path)
            request.isStream = true
            request.headers.add(name: "accept", value: "text/event-stream")
            request.headers.add(name: "cache-control", value: "no-store")
            resume.address(&request)
            let response = try await follower.transport.send(request)
            if response.status == .noContent {
                isDone = true
                return
            }
            guard response.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") ?? false
            else {
                throw LarderClientError(
                    .invalidResponse, "The server answered without an event stream.", status: Int(response.status.code))
            }
            resume.beginConnection()
            body = response.body.makeAsyncIterator()
        }

        /// Reads until there is something to give, or the stream ends.
        private mutating func read() async throws {
            guard let chunk = try await body?.next() else {
                body = nil
                interrupt("The server ended the stream.", resume.waitAfterEnd(jitter: .random(in: 0...1)))
                return
            }
            ready = try resume.take(chunk.readableBytesView)
            if case .complete = ready.last {
                body = nil
                isDone = true
            }
        }

        private mutating func interrupt(_ reason: String, _ wait: Duration) {
            waitBeforeConnecting = wait
            ready.append(.interrupted(reason: reason, retryIn: wait))
        }
    }
}
