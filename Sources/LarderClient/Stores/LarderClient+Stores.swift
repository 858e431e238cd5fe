import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension LarderClient {
    /// Makes a store that holds nothing yet; one that is there stays as it is.
    /// - Parameter dryRun: whether nothing is made: the answer has the policy that its name would give it.
    /// - Returns: the store, and whether it is (with `dryRun`: would be) new.
    @discardableResult
    public func makeStore(_ name: String, dryRun: Bool = false) async throws -> (store: StoreInfo, isNew: Bool) {
        var request = WireRequest(.PUT, WirePath.store(name))
        if dryRun { request.query = [("dryRun", "true")] }
        let response = try await transport.send(request)
        let body = try await response.body.collect(upTo: Transport.maxJSONBytes)
        return (try ClientJSON.decode(StoreInfo.self, from: body), response.status == .created)
    }

    /// Removes a store.
    /// - Parameter withEntries: whether it may hold entries, which go with it.
    /// - Returns: entries removed.
    /// - Throws: ``LarderClientError``: `notFound` when there is no such store; `conflict` when it holds entries that
    ///   may not go, or was written to meanwhile.
    @discardableResult
    public func removeStore(_ name: String, withEntries: Bool = false) async throws -> Int64 {
        struct Answer: Decodable { var deleted: Int64 }
        var request = WireRequest(.DELETE, WirePath.store(name))
        if withEntries { request.query = [("all", "true")] }
        return try await transport.json(Answer.self, request).deleted
    }
}
