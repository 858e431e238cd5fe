import Foundation
import NIOCore
import NIOHTTP1

/// Where following a log stands: what was seen, and how to go on after a break. Pure: it neither waits nor sends.
struct FollowState: Sendable {
    private var parser = ServerSentEventParser()
    /// What the first request asks for, and each next one until an event has come.
    private var start: FollowStart
    /// Newest event seen, or asked to start behind; nil: none yet.
    private var after: Int64?
    private var hasConnected = false
    /// Breaks in a row without an event between them.
    private var failures = 0

    /// Waits never exceed this, unless the server asks for more.
    static let maxWait = Duration.seconds(30)
    /// Until the server says otherwise.
    static let defaultRetry = Duration.seconds(2)

    init(_ start: FollowStart) {
        self.start = start
        if case .after(let seq) = start { after = seq }
    }

    private var retry: Duration {
        parser.retryMilliseconds.map { .milliseconds(min($0, 600_000)) } ?? Self.defaultRetry
    }

    /// Puts where to go on into a request.
    func address(_ request: inout WireRequest) {
        if !parser.lastEventID.isEmpty {
            request.headers.replaceOrAdd(name: "last-event-id", value: parser.lastEventID)
        } else {
            switch start {
            case .beginning: break
            case .after(let seq): request.query.append(("after", "\(after ?? seq)"))
            case .tail(let count): request.query.append(("tail", "\(count)"))
            }
        }
    }

    /// A new connection is open: its bytes start afresh, what was learnt stays.
    mutating func beginConnection() {
        hasConnected = true
        parser = parser.forNextConnection()
    }

    /// How long to wait after the server ended the stream in good order. It spreads its followers by the `retry` it
    /// gives each.
    mutating func waitAfterEnd(jitter: Double) -> Duration {
        failures += 1
        return backoff(jitter)
    }

    /// How long to wait after a failure; nil: going on is of no use.
    mutating func wait(after error: LarderClientError, jitter: Double) -> Duration? {
        switch (error.status, error.code) {
        case (429, _), (503, _): break
        // Something in front of a server that restarts.
        case (500, _), (502, _), (504, _): guard hasConnected else { return nil }
        case (nil, .unreachable), (nil, .connectionLost), (nil, .timedOut): guard hasConnected else { return nil }
        default: return nil
        }
        failures += 1
        return max(backoff(jitter), error.retryAfter ?? .zero)
    }

    private func backoff(_ jitter: Double) -> Duration {
        let base = min(retry * (1 << min(max(0, failures - 1), 10)), max(retry, Self.maxWait))
        return base + base * (jitter * 0.25)
    }

    /// Takes bytes of the stream.
    /// - Returns: what they bring; nothing comes behind `complete`.
    /// - Throws: ``LarderClientError`` `invalidResponse`.
    mutating func take(_ bytes: some Sequence<UInt8>) throws -> [RunEvent] {
        var events: [RunEvent] = []
        for event in try parser.feed(bytes) {
            guard let event = try translate(event) else { continue }
            failures = 0
            events.append(event)
            if case .complete = event { break }
        }
        return events
    }

    private mutating func translate(_ event: ServerSentEvent) throws -> RunEvent? {
        let data = ByteBuffer(bytes: event.data)
        switch event.type {
        case "connected":
            let head = try ClientJSON.decode(Connected.self, from: data)
            pin(head.last ?? 0)
            return .connected(head.state ?? .running, last: head.last ?? 0)
        // A log without states names its events as a browser's `onmessage` wants them: not at all.
        case "progress", "message":
            guard let seq = Int64(event.lastEventID) else {
                throw LarderClientError(.invalidResponse, "An event came without a sequence number.")
            }
            // Never a repeat, whatever stands between us and the server.
            if let after, seq <= after { return nil }
            after = seq
            return .progress(LoggedEvent(seq: seq, json: event.data))
        case "gap":
            let gap = try ClientJSON.decode(Gap.self, from: data)
            // The server may have begun anew, or be an older one put back: then its numbers do, too.
            after = min(after ?? 0, gap.first - 1)
            return .gap(after: gap.after ?? 0, first: gap.first)
        case "complete": return .complete(try ClientJSON.decode(Complete.self, from: data).status)
        default: return nil
        }
    }

    /// «The newest so many» are those at the first connection: what comes while there is none is not lost, even when
    /// no event was seen before.
    private mutating func pin(_ last: Int64) {
        if case .tail(let count) = start { start = .after(max(0, last - Int64(count))) }
    }

    private struct Connected: Decodable {
        /// nil: a log without states.
        var state: RunState?
        var last: Int64?
    }
    private struct Gap: Decodable {
        /// null: the server could make nothing of what it was told.
        var after: Int64?
        var first: Int64
    }
    private struct Complete: Decodable { var status: RunState }
}
