import NIOHTTP1

extension Store {
    /// The logs of the store, with what is known of each.
    /// - Parameters:
    ///   - prefix: only keys that start with it.
    ///   - order: how they come.
    ///   - lastEvent: whether each brings its newest event.
    ///   - limit: logs in all; nil: no limit.
    /// - Returns: a sequence that asks for a page when it needs one; each page is a moment of its own, so a log that is
    ///   written while the list is read may or may not appear.
    public func logs(prefix: String = "", order: LogOrder = .newest, lastEvent: Bool = false, limit: Int? = nil)
        -> LogListing
    {
        var request = WireRequest(.GET, WirePath.logs(name))
        if !prefix.isEmpty { request.query.append(("prefix", prefix)) }
        request.query.append(("order", order.rawValue))
        if lastEvent { request.query.append(("lastEvent", "true")) }
        return LogListing(transport: transport, request: request, limit: limit.map { max(0, $0) })
    }

    /// Removes every log whose key starts with a prefix, by whole segments: `ada` and `ada/` remove `ada/trip`, never
    /// `adam/trip`.
    /// - Parameter prefix: at least one byte; ``deleteAllLogs()`` is for all of them.
    /// - Returns: logs removed.
    /// - Throws: ``LarderClientError``: `invalidArgument` when the prefix is empty.
    @discardableResult
    public func deleteLogs(prefix: String) async throws -> Int64 {
        guard !prefix.isEmpty else {
            throw LarderClientError(.invalidArgument, "An empty prefix means every log: use deleteAllLogs() for that.")
        }
        return try await deleteLogs(("prefix", prefix))
    }

    /// Removes every log of the store.
    /// - Returns: logs removed.
    @discardableResult
    public func deleteAllLogs() async throws -> Int64 { try await deleteLogs(("prefix", ""), ("all", "true")) }

    private func deleteLogs(_ query: (name: String, value: String)...) async throws -> Int64 {
        struct Answer: Decodable { var deleted: Int64 }
        var request = WireRequest(.DELETE, WirePath.logs(name))
        request.query = query
        return try await transport.json(Answer.self, request).deleted
    }
}
