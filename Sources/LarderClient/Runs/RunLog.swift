import Foundation
import LarderModel
import NIOCore
import NIOHTTP1

/// The progress of one run: a log of events that only grows. A value: making one asks nothing of the server.
public struct RunLog: Sendable {
    /// The project that the run belongs to.
    public let project: String
    /// The run.
    public let run: String
    let transport: Transport

    private var path: String { WirePath.run(project, run) }

    /// What an append did.
    public struct Receipt: Sendable, Hashable, Codable {
        /// Sequence number of the first event of the request.
        public var first: Int64
        /// Sequence number of the last one.
        public var last: Int64
        /// Events that the request added.
        public var count: Int64
        /// The run behind the append; nil: the server is an older one and doesn't say.
        public var state: RunState?
    }

    /// Adds an event, or several from an array, atomically. When it returns they survive a power cut.
    /// - Parameters:
    ///   - event: a value that encodes as a JSON object, or an array of such; at most 64 KB each.
    ///   - idempotencyKey: names this request: the same key again adds nothing and answers what it answered first. nil:
    ///     a new key, so that retries of this one call are safe.
    /// - Throws: ``LarderClientError``: `notJSON`, `entryTooLarge` and others.
    @discardableResult
    public func append(_ event: some Encodable, idempotencyKey: String? = nil) async throws -> Receipt {
        try await append(json: try ClientJSON.encode(event), idempotencyKey: idempotencyKey)
    }

    /// Adds events that are JSON already; they are kept byte for byte.
    /// - Parameters:
    ///   - json: an object, or an array of objects.
    ///   - idempotencyKey: as in ``append(_:idempotencyKey:)``.
    /// - Throws: ``LarderClientError``: `notJSON`, `entryTooLarge` and others.
    @discardableResult
    public func append(json: [UInt8], idempotencyKey: String? = nil) async throws -> Receipt {
        var request = WireRequest(.POST, path)
        request.body = .bytes(json)
        request.headers.add(name: "content-type", value: MediaType.json)
        request.headers.add(name: "idempotency-key", value: idempotencyKey ?? UUID().uuidString)
        let answer = try await transport.answer(request)
        var receipt = try ClientJSON.decode(Receipt.self, from: answer.body)
        receipt.state = answer.headers.first(name: "larder-run-state").map { RunState(rawValue: $0) }
        return receipt
    }

    /// The events that are kept.
    /// - Parameters:
    ///   - after: only those behind this sequence number; nil: all.
    ///   - tail: only the newest so many; nil: all. 0 gives the state alone.
    /// - Throws: ``LarderClientError``: `notFound` for a run without events, and others.
    public func read(after: Int64? = nil, tail: Int? = nil) async throws -> RunSnapshot {
        var request = WireRequest(.GET, path)
        if let after { request.query.append(("after", "\(after)")) }
        if let tail { request.query.append(("tail", "\(tail)")) }
        request.headers.add(name: "accept", value: MediaType.json)
        return try RunSnapshot(answer: Array(buffer: try await transport.bytes(request)))
    }

    /// Follows the run: first the events that are kept, then each as it comes, until the run ends.
    ///
    /// A lost connection, also a restart of the server, is taken up again without loss or repeat, for as long as it
    /// takes; the sequence says so with ``RunEvent/interrupted(reason:retryIn:)``. It throws when the first connection
    /// can't be made, and when the server refuses. Cancel the task to stop.
    /// - Parameter after: start behind this sequence number; nil: at the first event that is kept.
    public func follow(after: Int64? = nil) -> RunFollower {
        RunFollower(transport: transport, path: path, start: after.map { .after($0) } ?? .beginning)
    }
}
