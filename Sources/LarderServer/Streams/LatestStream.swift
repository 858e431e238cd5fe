import EventStreams
import LarderHTTP
import LarderModel
import Logging
import Logs
import NIOCore
import NIOHTTP1

/// An event stream of something that is sent whole each time it has changed: a job, a document. The hub tells of
/// changes; of several within ``interval`` only the last is sent. Lives on its connection's event loop; nothing here
/// blocks.
///
/// Bounds: one look is under way at a time, and the next comes when what it found is out: a slow client misses states
/// in between, and has the time of an idle connection for each.
final class LatestStream<State: Sendable>: EventSource, HubMember {
    /// What a look found.
    struct Found: Sendable {
        let state: State
        /// How it is sent; nil: the client has it already.
        let frame: EventFrame?
        /// Whether nothing comes after it.
        let isLast: Bool
        /// What has to live until the frame is out; nil: nothing.
        var holding: (any AnyObject & Sendable)?
    }

    /// Two frames are sent at least this far apart.
    private static var interval: TimeAmount { .milliseconds(250) }

    private let subject: FollowerHub.Subject
    private let hub: FollowerHub
    private let logger: Logger
    private let fields: HTTPHeaders
    private let opening: [EventFrame]
    private let stream: EventStream
    private let look: @Sendable (State?) async throws -> Found?
    private var membership: FollowerHub.Membership?
    /// What the client has; nil: nothing.
    private var seen: State?
    private var isOpen = false
    /// A look is under way, what it found is on its way out, or the next one waits for its time.
    private var isBusy = false
    /// Something changed meanwhile.
    private var isStale = false
    private var sentAt = NIODeadline.distantPast
    /// What the frame needs that is on its way out.
    private var holding: (any AnyObject & Sendable)?

    /// - Parameters:
    ///   - known: what the client has already.
    ///   - opening: what the stream begins with.
    ///   - look: what there is now, given what the client has; nil: it is gone, and the stream ends. What it throws at
    ///     the first look is the answer.
    init(
        _ subject: FollowerHub.Subject, hub: FollowerHub, logger: Logger, fields: HTTPHeaders, known: State? = nil,
        opening: [EventFrame] = [], stream: EventStream, look: @escaping @Sendable (State?) async throws -> Found?
    ) {
        self.subject = subject
        self.hub = hub
        self.logger = logger
        self.fields = fields
        seen = known
        self.opening = opening
        self.stream = stream
        self.look = look
    }

    // MARK: The stream

    func start() {
        do { membership = try hub.join(self, subject, on: stream.loop) } catch { return refuse(error) }
        lookNow()
    }

    func ended() {
        if let membership { hub.leave(membership) }
        membership = nil
        holding = nil
    }

    func deliver(_ news: HubNews) {
        guard isBusy else { return lookInTime() }
        isStale = true
    }

    func dismiss() { stream.dismiss() }

    func tick() {
        guard stream.check() else { return }
        stream.keepAlive()
    }

    // MARK: Looking

    private func lookInTime() {
        let wait = sentAt + Self.interval - .now()
        guard wait > .zero else { return lookNow() }
        isBusy = true
        stream.loop.assumeIsolated().scheduleTask(in: wait) { [self] in lookNow() }
    }

    private func lookNow() {
        guard !stream.isOver else { return }
        isBusy = true
        isStale = false
        let found = stream.loop.makeFutureWithTask { [look, seen] in try await look(seen) }
        found.assumeIsolated().whenComplete { [self] result in
            guard !stream.isOver else { return }
            switch result {
            case .success(let found): take(found)
            case .failure(let error) where !isOpen: refuse(LarderError.wrapping(error))
            case .failure(let error as LarderError) where error.limit != nil: stream.cut(error.limit)
            case .failure(let error as LarderError) where error.code == .unavailable: stream.dismiss()
            case .failure(let error):
                logger.error("a stream ended", metadata: ["cause": "\(error)"])
                stream.cut()
            }
        }
    }

    private func take(_ found: Found?) {
        guard let found else { return stream.end([]) }
        seen = found.state
        holding = found.holding
        let frames = found.frame.map { [$0] } ?? []
        guard !found.isLast else {
            open([])
            return stream.end(frames)
        }
        if !isOpen { return open(frames) { [self] in out() } }
        guard !frames.isEmpty else { return out() }
        sentAt = .now()
        stream.send(frames) { [self] in out() }
    }

    private func open(_ frames: [EventFrame], then next: (() -> Void)? = nil) {
        guard !isOpen else { return }
        isOpen = true
        sentAt = .now()
        stream.open(fields, opening + frames, then: next)
    }

    private func out() {
        isBusy = false
        holding = nil
        if isStale { lookInTime() }
    }

    private func refuse(_ error: LarderError) {
        var answer = Answer.error(error)
        answer.headers.add(contentsOf: fields)
        stream.refuse(answer, error.limit)
    }
}
