import BlobStore
import Index
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Logs

/// One follower: replays what is kept behind the asked-for event, then passes on what comes, until the run is over, the
/// client leaves or falls behind. Lives on its connection's event loop, without a task; nothing here blocks.
///
/// Bounds: while replaying, at most 256 KiB are read and sent at a time, the next only when these are out, and they
/// have the time of an idle connection for that. Live, frames go into the
/// channel's buffer, and a follower whose buffer stands over ``EventOutput/bufferMax`` is cut off; it comes back with its last ID.
final class RunStream: LogFollower, EventSource {
    /// What a follower asked for.
    enum Subject: Sendable {
        case run(RunName, EntryName)
        /// Many runs of a store on one stream; empty: all of the store.
        case runs(Set<EntryKey>, StoreName, SiteID)
    }

    private static let replayBytes = 256 << 10
    private static let heartbeatAfter = TimeAmount.seconds(9)
    private static let retryMillis = 2_000

    private enum Phase { case opening, replaying, live, over }

    private let subject: Subject
    private let context: ServerContext
    private let fields: HTTPHeaders
    private let output: EventOutput
    private var phase = Phase.opening
    private var membership: FollowerHub.Membership?
    /// Sequence number (position, for many runs) of the last event sent or passed over.
    private var sent: Int64
    /// The highest one that was delivered while replaying: there is more to read.
    private var delivered: Int64 = 0
    private var state = RunState.running
    /// When the run's last event came, and whether the follower has been told that none has come for too long.
    private var lastEventAt: Timestamp?
    private var isStallTold = false
    private var lastSend = NIODeadline.now()
    private let hasStart: Bool
    private let replayPatience: TimeAmount
    private let isStillAllowed: () -> Bool

    /// - Parameter after: the last event that the client has; nil: none, it wants all that is kept.
    /// - Parameter fields: header fields of the answer, whatever it is.
    /// - Parameter isStillAllowed: whether who asked would still be let in; asked every few seconds, so that a revoked
    ///   token ends its streams.
    init(
        _ subject: Subject, after: Int64?, context: ServerContext, fields: HTTPHeaders, output: EventOutput,
        isStillAllowed: @escaping () -> Bool
    ) {
        self.fields = fields
        self.isStillAllowed = isStillAllowed
        self.subject = subject
        self.context = context
        self.output = output
        sent = after ?? 0
        hasStart = after != nil
        replayPatience = TimeAmount(context.gate.limits.idleTime)
    }

    // MARK: Opening

    func start() {
        let hubSubject: FollowerHub.Subject =
            switch subject {
            case .run(_, let name): .log(name)
            case .runs(_, let store, let site): .store(site, store)
            }
        do { membership = try context.entries.logs.hub.join(self, hubSubject, on: output.loop) } catch {
            return refuse(error)
        }
        switch subject {
        case .run(let run, let name): open(run, name)
        case .runs: openMany()
        }
    }

    private func open(_ run: RunName, _ name: EntryName) {
        let stalledAfter = stalledAfter(name)
        let blobs = context.entries.blobs
        onLoop(context.entries.blobs.look(on: output.loop) { try $0.logHead(name) }) { [self] head in
            state = head?.state ?? .running
            let last = head?.last ?? 0
            let isEmpty = (head?.count ?? 0) == 0
            if hasStart, sent >= last, !isEmpty, state.isTerminal { return finishEmpty() }
            begin(Self.streamHead)
            let shown = head?.state(at: blobs.now, stalledAfter: stalledAfter) ?? .running
            lastEventAt = isEmpty ? nil : head?.updatedAt
            isStallTold = shown == .stalled
            var opening = EventFrames.retry(milliseconds: Self.retryMillis)
            opening.writeImmutableBuffer(EventFrames.connected(run, state: isEmpty ? .running : shown, last: last))
            let first = head?.first ?? 1
            if hasStart, sent < last, first > sent + 1 {
                opening.writeImmutableBuffer(EventFrames.gap(after: sent, first: first))
                sent = first - 1
            }
            phase = .replaying
            send(opening, then: replay)
        }
    }

    /// Many runs: chosen ones are replayed; all of a store begin with what comes from now on, for their lists are there
    /// to be read.
    private func openMany() {
        guard case .runs(let keys, _, _) = subject else { return }
        onLoop(context.entries.blobs.look(on: output.loop) { try $0.lastPosition() }) { [self] last in
            begin(Self.streamHead)
            if !hasStart, keys.isEmpty { sent = last }
            var opening = EventFrames.retry(milliseconds: Self.retryMillis)
            opening.writeImmutableBuffer(
                EventFrames.frame(event: "connected", id: sent, data: Array(#"{"last":\#(last)}"#.utf8)))
            phase = .replaying
            send(opening, then: replay)
        }
    }

    private static let streamHead = Answer(
        .ok,
        headers: [
            "content-type": "text/event-stream", "cache-control": "no-store, no-transform", "x-accel-buffering": "no",
            "x-content-type-options": "nosniff", "transfer-encoding": "chunked",
        ])

    // MARK: Replaying

    private func replay() {
        guard phase == .replaying else { return }
        let after = sent
        let blobs = context.entries.blobs
        switch subject {
        case .run(let run, let name):
            onLoop(
                blobs.look(on: output.loop) { reader in
                    (
                        try reader.logEvents(name, after: after, limit: .max, byteLimit: Self.replayBytes),
                        try reader.logHead(name)?.state ?? .running
                    )
                }
            ) { [self] events, state in
                self.state = state
                guard let last = events.last else { return caughtUp(run) }
                sent = last.sequence
                send(joined(events.map { EventFrames.progress($0) }), then: replay)
            }
        case .runs(let keys, let store, let site):
            onLoop(
                blobs.look(on: output.loop) {
                    try $0.logEvents(
                        of: store, in: site, afterPosition: after, limit: 1_000, byteLimit: Self.replayBytes)
                }
            ) { [self] events in
                guard let last = events.last else { return caughtUp(nil) }
                sent = last.event.position
                let frames = events.compactMap { key, event in
                    keys.isEmpty || keys.contains(key) ? RunName(key).map { EventFrames.wrapped($0, event) } : nil
                }
                frames.isEmpty ? replay() : send(joined(frames), then: replay)
            }
        }
    }

    /// All that the index had is out. What was delivered meanwhile and not yet read is read now; then events come as
    /// they happen.
    private func caughtUp(_ run: RunName?) {
        if delivered > sent {
            delivered = 0
            return replay()
        }
        if let run, state.isTerminal { return complete(run) }
        phase = .live
    }

    // MARK: Live

    func deliver(_ update: LogUpdate) {
        let change = update.change
        switch (phase, subject) {
        case (.opening, .run), (.replaying, .run): delivered = max(delivered, change.last)
        case (.opening, .runs), (.replaying, .runs): delivered = max(delivered, change.events.last?.position ?? 0)
        case (.live, .run(let run, _)):
            state = change.state
            let fresh = zip(change.events, update.frames).filter { $0.0.sequence > sent }
            guard let last = fresh.last else { return }
            guard output.isWritable() else { return cut(.followerBuffer) }
            sent = last.0.sequence
            lastEventAt = last.0.receivedAt
            isStallTold = false
            if state.isTerminal {
                send(fresh.count == 1 ? last.1 : joined(fresh.map(\.1)), then: { [self] in complete(run) })
            } else {
                send(fresh.count == 1 ? last.1 : joined(fresh.map(\.1)), then: nil)
            }
        case (.live, .runs(let keys, _, _)):
            guard keys.isEmpty || keys.contains(change.name.key), let run = RunName(change.name.key) else { return }
            let fresh = change.events.filter { $0.position > sent }
            guard let last = fresh.last else { return }
            guard output.isWritable() else { return cut(.followerBuffer) }
            sent = last.position
            var frames = joined(fresh.map { EventFrames.wrapped(run, $0) })
            if change.state.isTerminal { frames.writeImmutableBuffer(EventFrames.complete(run, change.state)) }
            send(frames, then: nil)
        case (.over, _): break
        }
    }

    private func stalledAfter(_ name: EntryName) -> Duration {
        context.entries.logs.rule(name)?.log?.stalledAfter ?? Policy.LogRule().stalledAfter
    }

    /// A run that falls silent is told as a second `connected` frame with the state `stalled`: the stream goes on, for
    /// the run may.
    private func tellStall() {
        guard case .run(let run, let name) = subject, !isStallTold, state == .running, let lastEventAt,
            lastEventAt + stalledAfter(name) <= context.entries.blobs.now, output.isWritable()
        else { return }
        isStallTold = true
        send(EventFrames.connected(run, state: .stalled, last: sent), then: nil)
    }

    func tick() {
        guard phase == .over || isStillAllowed() else {
            return finish(EventFrames.retry(milliseconds: Self.retryMillis))
        }
        // A follower that takes nothing of what it asked for, while more waits to be read.
        if phase == .replaying, NIODeadline.now() - lastSend >= replayPatience { return cut(.readRate) }
        if phase == .live { tellStall() }
        guard phase == .live, NIODeadline.now() - lastSend >= Self.heartbeatAfter else { return }
        guard output.isWritable() else { return cut(.followerBuffer) }
        send(EventFrames.heartbeat, then: nil)
    }

    // MARK: Ending

    private func complete(_ run: RunName) {
        guard phase != .over else { return }
        // An event that came while the last one was on its way out reopens the run.
        guard state.isTerminal else { return }
        finish(EventFrames.complete(run, state))
    }

    /// The server goes down: followers come back after a time that is not the same for all.
    func shutDown() {
        switch phase {
        case .opening: cut()
        case .replaying, .live: finish(EventFrames.retry(milliseconds: Int.random(in: 1_000...5_000)))
        case .over: break
        }
    }

    private func finish(_ frame: ByteBuffer) {
        leave()
        _ = output.send(frame)
        output.end()
    }

    /// 204 tells a browser to stop.
    private func finishEmpty() {
        leave()
        begin(Answer(.noContent, headers: ["cache-control": "no-store"]))
        output.end()
    }

    private func refuse(_ error: LarderError) {
        context.gate.refused(error.limit)
        leave()
        begin(.error(error))
        output.end()
    }

    private func cut(_ limit: Limit? = nil) {
        context.gate.refused(limit)
        leave()
        output.cut()
    }

    /// The connection is gone, or the stream is over.
    func leave() {
        phase = .over
        if let membership { context.entries.logs.hub.leave(membership) }
        membership = nil
    }

    // MARK: Helpers

    private func begin(_ answer: Answer) {
        var answer = answer
        answer.headers.add(contentsOf: fields)
        output.begin(answer)
    }

    private func send(_ frames: ByteBuffer, then next: (() -> Void)?) {
        lastSend = .now()
        let sent = output.send(frames)
        guard let next else { return }
        let bound = NIOLoopBound(next, eventLoop: output.loop)
        sent.whenSuccess { bound.value() }
    }

    private func onLoop<T: Sendable>(_ future: EventLoopFuture<T>, _ body: @escaping (T) -> Void) {
        let bound = NIOLoopBound((self, body), eventLoop: output.loop)
        future.whenComplete { result in
            let (stream, body) = bound.value
            guard stream.phase != .over else { return }
            switch result {
            case .success(let value): body(value)
            case .failure(let error):
                stream.context.logger.error("a stream ended", metadata: ["cause": "\(error)"])
                stream.cut()
            }
        }
    }

    private func joined(_ frames: [ByteBuffer]) -> ByteBuffer {
        var all = ByteBuffer()
        all.reserveCapacity(frames.reduce(0) { $0 + $1.readableBytes })
        for frame in frames { all.writeImmutableBuffer(frame) }
        return all
    }
}
