import NIOHTTP1

extension Store {
    /// Removes an entry.
    /// - Parameters:
    ///   - key: the entry.
    ///   - etag: the entry must still have this tag; nil: any.
    /// - Throws: ``LarderClientError``: `notFound`, `preconditionFailed` and others.
    public func delete(_ key: String, ifMatch etag: String? = nil) async throws {
        var request = try request(.DELETE, key)
        if let etag { WriteCondition.ifMatch(etag).apply(to: &request.headers) }
        _ = try await transport.head(request)
    }

    /// Removes every entry whose key starts with these bytes (`a` removes `ab` too).
    /// - Parameter prefix: at least one byte; ``deleteAll()`` is for all of them.
    /// - Returns: entries removed.
    /// - Throws: ``LarderClientError``: `invalidArgument` when the prefix is empty.
    @discardableResult
    public func delete(prefix: String) async throws -> Int64 {
        guard !prefix.isEmpty else {
            throw LarderClientError(.invalidArgument, "An empty prefix means every entry: use deleteAll() for that.")
        }
        return try await delete(("prefix", prefix))
    }

    /// Removes every entry of the store.
    /// - Returns: entries removed.
    @discardableResult
    public func deleteAll() async throws -> Int64 { try await delete(("prefix", ""), ("all", "true")) }

    private func delete(_ query: (name: String, value: String)...) async throws -> Int64 {
        struct Answer: Decodable { var deleted: Int64 }
        var request = WireRequest(.DELETE, WirePath.entries(name))
        request.query = query
        return try await transport.json(Answer.self, request).deleted
    }
}
