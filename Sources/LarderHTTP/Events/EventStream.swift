package import EventStreams
package import LarderModel
package import NIOCore
package import NIOHTTP1

/// One event stream (WHATWG HTML §9.2) on the way to its client: the head of the answer, frames, heartbeats, the end.
/// Lives on its connection's event loop, without a task; nothing here blocks.
///
/// Bounds: what is sent with a `then` has the time of an idle connection to get out. All else goes into the channel's
/// buffer, and a client whose buffer stands over ``bufferMax`` is cut off; it comes back with its last ID.
package final class EventStream {
    /// Unsent bytes over which a client is too slow.
    static let bufferMax = 1 << 20
    private static let heartbeatAfter = TimeAmount.seconds(9)
    private static let retryMillis = 2_000
    /// On shutdown clients come back after times that differ.
    private static let retryMillisOnShutdown = 1_000...5_000

    /// What the answer begins with, and what HEAD is answered with.
    package static let head = Answer(
        .ok,
        headers: [
            "content-type": "text/event-stream", "cache-control": "no-store, no-transform", "x-accel-buffering": "no",
            "x-content-type-options": "nosniff",
        ])

    private enum Phase { case opening, open, over }

    package let loop: any EventLoop
    private let connection: any EventConnection
    private let gate: Gatekeeper
    private let isAllowed: @Sendable () -> Bool
    private var phase = Phase.opening
    private var source: (any EventSource)?
    private var lastSend = NIODeadline.now()
    /// Whether something that was sent with a `then` is not out yet.
    private var isAwaiting = false

    /// - Parameter isAllowed: whether who asked would still be let in; asked every few seconds, so that a revoked token
    ///   ends its streams.
    init(
        _ connection: any EventConnection, loop: any EventLoop, gate: Gatekeeper,
        isAllowed: @escaping @Sendable () -> Bool
    ) {
        self.connection = connection
        self.loop = loop
        self.gate = gate
        self.isAllowed = isAllowed
    }

    func start(_ source: any EventSource) {
        self.source = source
        source.start()
    }

    // MARK: For the source

    package var isOver: Bool { phase == .over }

    /// Answers with a stream, and its first frames.
    package func open(_ fields: HTTPHeaders, _ frames: [EventFrame], then next: (() -> Void)? = nil) {
        guard phase == .opening else { return }
        phase = .open
        var answer = Self.head
        answer.headers.add(name: "transfer-encoding", value: "chunked")
        answer.headers.add(contentsOf: fields)
        connection.openStream(answer)
        transmit([.retry(milliseconds: Self.retryMillis)] + frames, then: next)
    }

    /// Answers with something else.
    package func refuse(_ answer: Answer, _ limit: Limit? = nil) {
        guard phase == .opening else { return }
        gate.refused(limit)
        connection.openStream(answer)
        leave()
        connection.closeStream()
    }

    /// Sends frames to a client that is expected to keep up; one that does not is cut off.
    package func send(_ frames: [EventFrame]) {
        guard phase == .open else { return }
        guard connection.isKeepingUp else { return cut(.followerBuffer) }
        transmit(frames, then: nil)
    }

    /// Sends frames, and goes on when they are out.
    package func send(_ frames: [EventFrame], then next: @escaping () -> Void) {
        guard phase == .open else { return }
        transmit(frames, then: next)
    }

    /// Ends the stream behind some last frames.
    package func end(_ frames: [EventFrame]) {
        guard phase == .open else { return cut() }
        transmit(frames, then: nil)
        leave()
        connection.closeStream()
    }

    /// Closes the connection at once.
    package func cut(_ limit: Limit? = nil) {
        guard phase != .over else { return }
        gate.refused(limit)
        leave()
        connection.cutStream()
    }

    /// Every few seconds: ends the stream where it may not go on.
    /// - Returns: whether it goes on.
    package func check() -> Bool {
        guard phase != .over else { return false }
        guard isAllowed() else {
            end([.retry(milliseconds: Self.retryMillis)])
            return false
        }
        // A client that takes nothing of what it asked for, while more waits to be read.
        if isAwaiting, NIODeadline.now() - lastSend >= TimeAmount(gate.limits.idleTime) {
            cut(.readRate)
            return false
        }
        return true
    }

    /// Every few seconds: says something when nothing was said for a while.
    package func keepAlive() {
        guard phase == .open, !isAwaiting, NIODeadline.now() - lastSend >= Self.heartbeatAfter else { return }
        send([.heartbeat])
    }

    /// Ends the stream for a while: clients come back after a time that is not the same for all.
    package func dismiss() { end([.retry(milliseconds: Int.random(in: Self.retryMillisOnShutdown))]) }

    // MARK: For the connection

    /// The server goes down.
    func shutDown() { dismiss() }

    /// The stream is over, or its client has left.
    func leave() {
        phase = .over
        let source = source.take()
        source?.ended()
    }

    private func transmit(_ frames: [EventFrame], then next: (() -> Void)?) {
        lastSend = .now()
        guard let next else { return connection.transmit(frames, nil) }
        isAwaiting = true
        let sent = loop.makePromise(of: Void.self)
        let goOn = NIOLoopBound((self, next), eventLoop: loop)
        sent.futureResult.whenSuccess { [loop] in
            // Not within the write that brings it out: what is written there, and then closed upon, would be lost.
            loop.execute {
                let (stream, next) = goOn.value
                stream.isAwaiting = false
                if stream.phase == .open { next() }
            }
        }
        connection.transmit(frames, sent)
    }
}

/// The connection, as an event stream needs it.
protocol EventConnection: AnyObject {
    /// Sends the head of the answer, and what it has of a body in memory.
    func openStream(_ answer: Answer)
    /// Sends frames and flushes.
    func transmit(_ frames: [EventFrame], _ sent: EventLoopPromise<Void>?)
    /// Whether fewer than ``EventStream/bufferMax`` bytes wait for the client.
    var isKeepingUp: Bool { get }
    /// Ends the answer, and the connection.
    func closeStream()
    /// Closes the connection at once.
    func cutStream()
}
