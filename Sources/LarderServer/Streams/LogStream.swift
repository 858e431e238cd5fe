import Index
import LarderHTTP
import LarderModel
import Logging
import Logs
import NIOCore
import NIOHTTP1

/// An event stream of one log, or of many runs of a store: brings the ``Follower`` what it wants to read and what is
/// new, and its frames to the client. Lives on its connection's event loop, without a task; nothing here blocks.
final class LogStream: EventSource, HubMember {
    /// What a follower asked for.
    enum Subject: Sendable {
        case log(FollowedLog, EntryName)
        /// Many runs of a store on one stream; empty: all of the store.
        case runs(Set<EntryKey>, StoreName, SiteID)
    }

    /// Until transactions are over that were under way.
    private static let moment = TimeAmount.milliseconds(20)

    private let subject: Subject
    private let beginning: Follower.Start
    private let logs: LogService
    private let logger: Logger
    private let fields: HTTPHeaders
    private let stream: EventStream
    private var follower: Follower
    private var membership: FollowerHub.Membership?

    /// - Parameter fields: header fields of the answer, whatever it is.
    init(
        _ subject: Subject, from start: Follower.Start, logs: LogService, logger: Logger, fields: HTTPHeaders,
        stream: EventStream
    ) {
        self.subject = subject
        beginning = start
        self.logs = logs
        self.logger = logger
        self.fields = fields
        self.stream = stream
        follower =
            switch subject {
            case .log(let log, let name): Follower(.log(log), from: start, stalledAfter: logs.stalledAfter(name))
            case .runs(let keys, _, _): Follower(.runs(keys), from: start, stalledAfter: .zero)
            }
    }

    // MARK: The stream

    func start() {
        let followed: FollowerHub.Subject =
            switch subject {
            case .log(_, let name): .log(name)
            case .runs(_, let store, let site): .store(site, store)
            }
        do { membership = try logs.hub.join(self, followed, on: stream.loop) } catch {
            return refuse(.error(error), error.limit)
        }
        switch subject {
        case .log(_, let name):
            let newest: Int? = if case .newest(let count) = beginning { count } else { nil }
            whenRead(logs.opening(name, newest: newest, on: stream.loop)) { [self] in
                perform(follower.opened($0.head, before: $0.before, now: logs.now))
            }
        case .runs(_, let store, let site):
            whenRead(logs.opening(store, of: site, on: stream.loop)) { [self] in perform(follower.opened($0)) }
        }
    }

    func ended() {
        if let membership { logs.hub.leave(membership) }
        membership = nil
    }

    private func perform(_ action: Follower.Action) {
        switch action {
        case .nothing: break
        case .read(let after): read(after)
        case .readLater(let after):
            stream.loop.assumeIsolated().scheduleTask(in: Self.moment) { [self] in
                if !stream.isOver { read(after) }
            }
        case .open(let frames): stream.open(fields, frames) { [self] in perform(follower.out()) }
        // 204 tells a browser to stop.
        case .decline: refuse(Answer(.noContent, headers: ["cache-control": "no-store"]), nil)
        case .send(let frames): stream.send(frames)
        case .sendAndTell(let frames): stream.send(frames) { [self] in perform(follower.out()) }
        case .end(let frame): stream.end([frame])
        }
    }

    private func refuse(_ answer: Answer, _ limit: Limit?) {
        var answer = answer
        answer.headers.add(contentsOf: fields)
        stream.refuse(answer, limit)
    }

    // MARK: What is kept

    private func read(_ after: Int64) {
        switch subject {
        case .log(_, let name):
            whenRead(logs.page(name, after: after, on: stream.loop)) { [self] events, state in
                perform(follower.replayed(events, state: state))
            }
        case .runs(let keys, let store, let site):
            whenRead(logs.page(of: keys, in: store, of: site, after: after, on: stream.loop)) { [self] page in
                perform(
                    follower.replayed(
                        page.events, reaching: page.reached, isLast: page.isLast, page.positions))
            }
        }
    }

    private func whenRead<T: Sendable>(_ future: EventLoopFuture<T>, _ body: @escaping (T) -> Void) {
        future.assumeIsolated().whenComplete { [self] result in
            guard !stream.isOver else { return }
            switch result {
            case .success(let value): body(value)
            case .failure(let error as LarderError) where error.code == .unavailable:
                refuse(.error(error), error.limit)
                stream.dismiss()
            case .failure(let error):
                logger.error("a stream ended", metadata: ["cause": "\(error)"])
                stream.cut()
            }
        }
    }

    // MARK: What is new

    func deliver(_ news: HubNews) {
        guard case .log(let update) = news else { return }
        perform(follower.delivered(update))
    }

    func dismiss() { stream.dismiss() }

    func tick() {
        guard stream.check() else { return }
        perform(follower.tick(logs.now))
        stream.keepAlive()
    }
}
