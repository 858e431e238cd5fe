import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Logs

extension Home {
    /// Runs `body` with the service open, and closes it.
    @discardableResult
    func open<R>(
        cap: Int = 200, maxSize: Int64 = 64_000, buffers: BufferBudget = BufferBudget(),
        _ body: (LogService, BlobStore) async throws -> R
    ) async throws -> R {
        let rules = [
            Policy.Rule(
                keys: try Glob("projects/*/runs/*/progress.json"), maxSize: ByteCount(maxSize),
                log: Policy.LogRule(maxEvents: cap)),
            Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(1_000_000)),
        ]
        let policies = try PolicyBook([
            Policy(name: "progress", matches: [try Glob("progress"), try Glob("*-progress")], rules: rules)
        ])
        return try await open(policies: policies) { store in
            try await body(LogService(blobs: store, buffers: buffers), store)
        }
    }
}

/// Runs `body` with a log service in a directory of its own.
@discardableResult
func withLogs<R>(
    cap: Int = 200, maxSize: Int64 = 64_000, buffers: BufferBudget = BufferBudget(),
    _ body: (LogService, ManualClock) async throws -> R
) async throws -> R {
    try await Home.with { home in
        try await home.open(cap: cap, maxSize: maxSize, buffers: buffers) { logs, _ in try await body(logs, home.clock)
        }
    }
}

func run(_ run: String = "r", project: String = "p", store: String = "progress") throws -> EntryName {
    EntryName(
        site: .default, store: try StoreName(store),
        key: try RunName(project: Identifier(project), run: Identifier(run)).key())
}

extension LogService {
    /// The array view; nil when there is none.
    func array(_ name: EntryName) async throws -> String? {
        guard let content = try await content(name) else { return nil }
        let bytes = try await content.collect(limit: .max)
        #expect(Int64(bytes.count) == content.entry.size, "the size that lists show is the array's")
        return String(decoding: bytes, as: UTF8.self)
    }

    @discardableResult
    func append(_ body: String, to name: EntryName, key: String? = nil) async throws -> AppendResult {
        var result = try await append(body.bytes, to: name, AppendWish(idempotencyKey: key?.bytes))
        result.etag = nil
        return result
    }

    @discardableResult
    func merge(
        _ body: String, into name: EntryName, metadata: Metadata = .none, conditions: Preconditions = .none
    ) async throws -> WriteResult {
        try await merge(body.bytes, into: name, metadata: metadata, conditions: conditions)
    }

    func sequences(_ name: EntryName, after: Int64 = 0, tail: Int? = nil) async throws -> [Int64]? {
        try await read(name, after: after, tail: tail)?.events.map(\.sequence)
    }
}

extension LogService.Snapshot {
    var events: [LogEvent] {
        (0..<held.count).map { place in
            let event = held.event(place)
            return LogEvent(
                sequence: event.sequence, position: event.position, receivedAt: event.receivedAt,
                json: Array(event.json))
        }
    }
}

/// Keeps what it is told. Its loop is one of NIO's own.
final class Recorder: HubMember, Sendable {
    private struct Seen {
        var updates: [LogUpdate] = []
        var changes = 0
        var ticks = 0
    }
    private let seen = Mutex(Seen())
    private let membership: NIOLoopBoundBox<FollowerHub.Membership?>
    private let hub: FollowerHub
    let loop: any EventLoop

    init(_ hub: FollowerHub, on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()) {
        self.hub = hub
        self.loop = loop
        membership = NIOLoopBoundBox.makeEmptyBox(valueType: FollowerHub.Membership.self, eventLoop: loop)
    }

    /// - Returns: whether it was let in.
    func join(_ subject: FollowerHub.Subject) async throws -> Bool {
        try await loop.submit { [self] in
            membership.value = try? hub.join(self, subject, on: loop)
            return membership.value != nil
        }.get()
    }

    func leave() async throws {
        try await loop.submit { [self] in if let membership = membership.value { hub.leave(membership) } }.get()
    }

    func deliver(_ news: HubNews) {
        seen.withLock { seen in
            switch news {
            case .log(let update): seen.updates.append(update)
            case .changed: seen.changes += 1
            }
        }
    }
    func dismiss() {}
    func tick() { seen.withLock { $0.ticks += 1 } }

    var ticks: Int { seen.withLock { $0.ticks } }

    /// All updates of writes that were answered before.
    var updates: [LogUpdate] {
        get async throws {
            try await loop.submit {}.get()
            return seen.withLock { $0.updates }
        }
    }

    /// How often it heard of something else than a log.
    var changes: Int {
        get async throws {
            try await loop.submit {}.get()
            return seen.withLock { $0.changes }
        }
    }

    var events: [LogEvent] { get async throws { try await updates.flatMap(\.change.events) } }
}
