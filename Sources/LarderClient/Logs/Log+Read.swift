import FoundationEssentials
import LarderModel
import NIOCore
import NIOHTTP1

extension Log {
    /// The newest events, oldest first.
    /// - Parameters:
    ///   - count: how many at most; 0 gives what is known of the log alone.
    ///   - filter: which events count.
    /// - Throws: ``LarderClientError``: `notFound` where there is no such log, or where it has expired; `notALog` and
    ///   others.
    public func tail(_ count: Int, _ filter: LogFilter = .all) async throws -> LogPage {
        try await page(.tail(count), filter: filter)
    }

    /// Part of the log, with what is known of it.
    /// - Parameters:
    ///   - part: which events.
    ///   - limit: how many at most, up to 10,000; nil: 100. Not with ``LogPart/tail(_:)``, which says it.
    ///   - filter: which events count.
    /// - Throws: as ``tail(_:_:)``.
    public func page(_ part: LogPart = .tail(100), limit: Int? = nil, filter: LogFilter = .all) async throws -> LogPage
    {
        let request = try request(part, limit, filter)
        return try LogPage(answer: Array(buffer: try await transport.bytes(request)))
    }

    /// The same, unless the log is still as the caller has seen it.
    /// - Parameters:
    ///   - part: which events.
    ///   - limit: as in ``page(_:limit:filter:)``.
    ///   - filter: which events count.
    ///   - etag: the tag of what the caller has.
    /// - Returns: nil when the log still has this tag.
    /// - Throws: as ``tail(_:_:)``.
    public func page(
        _ part: LogPart = .tail(100), limit: Int? = nil, filter: LogFilter = .all, ifNoneMatch etag: String
    ) async throws -> LogPage? {
        var request = try request(part, limit, filter)
        request.headers.add(name: "if-none-match", value: WriteCondition.quoted(etag))
        let answer = try await transport.answer(request)
        // 304 has no body, and an answer of ours has one.
        return answer.body.readableBytes == 0 ? nil : try LogPage(answer: Array(buffer: answer.body))
    }

    /// All events behind a sequence number, page by page as they are taken.
    /// - Parameters:
    ///   - seq: 0: from the first that is kept.
    ///   - filter: which events count.
    /// - Returns: a sequence that asks for a page when it needs one, and ends behind what was the newest event at its
    ///   last page. It throws as ``tail(_:_:)``.
    public func events(after seq: Int64 = 0, filter: LogFilter = .all) -> LogEvents {
        LogEvents(log: self, after: seq, filter: filter)
    }

    /// Follows the log: first the events that are kept, then each as it comes.
    ///
    /// A lost connection, also a restart of the server, is taken up again without loss or repeat, for as long as it
    /// takes; the sequence says so with ``LogFollowEvent/interrupted(reason:retryIn:)``. It throws when the first
    /// connection can't be made, and when the server refuses. It ends by itself only where the log has states (runs).
    /// Cancel the task to stop.
    /// - Parameter seq: start behind this sequence number; nil: at the first event that is kept.
    public func follow(after seq: Int64? = nil) -> LogFollower { follow(seq.map { .after($0) } ?? .beginning) }

    /// Follows the log as ``follow(after:)`` does, beginning with its newest events.
    /// - Parameter count: how many of those that are kept; 0: only what comes.
    public func follow(tail count: Int) -> LogFollower { follow(.tail(count)) }

    private func follow(_ start: FollowStart) -> LogFollower {
        LogFollower(base: RunFollower(transport: transport, path: WirePath.log(store, key), start: start))
    }

    private func request(_ part: LogPart, _ limit: Int?, _ filter: LogFilter) throws -> WireRequest {
        var request = try request(.GET)
        part.apply(limit: limit, to: &request)
        filter.apply(to: &request)
        request.headers.add(name: "accept", value: MediaType.json)
        return request
    }
}
