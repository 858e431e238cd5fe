import LarderModel
import NIOHTTP1

extension LarderClient {
    /// Searches vaults.
    /// - Throws: ``LarderClientError``.
    public func search(_ question: SearchQuestion) async throws -> SearchResult {
        var request = WireRequest(.POST, "/v1/search")
        request.headers.replaceOrAdd(name: "content-type", value: MediaType.json)
        request.body = .bytes(try ClientJSON.encode(question))
        return try await transport.json(SearchResult.self, request)
    }
}

extension Store {
    /// Takes items of a vault out, for good.
    /// - Parameters:
    ///   - prefix: those whose keys begin with it; empty: all of the vault.
    ///   - filter: only those that it lets through; nil: whole entries and logs.
    /// - Returns: how many went.
    /// - Throws: ``LarderClientError``.
    @discardableResult
    public func forget(prefix: String, filter: SearchQuestion.Filter? = nil) async throws -> Int64 {
        struct Body: Encodable {
            var prefix: String
            var filter: SearchQuestion.Filter?
        }
        struct Deleted: Decodable { var deleted: Int64 }
        var request = WireRequest(.POST, WirePath.store(name) + "/forget")
        request.headers.replaceOrAdd(name: "content-type", value: MediaType.json)
        request.body = .bytes(try ClientJSON.encode(Body(prefix: prefix, filter: filter)))
        return try await transport.json(Deleted.self, request).deleted
    }
}
