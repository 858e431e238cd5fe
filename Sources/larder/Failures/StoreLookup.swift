import LarderClient

/// Tells a store that is not there from one that is empty. The server makes no difference in lists: a store is made by
/// its first write.
enum StoreLookup {
    /// - Throws: ``CommandFailure`` with exit code 3 when there is no such store.
    @discardableResult
    static func find(_ name: String, _ client: LarderClient) async throws -> StoreInfo {
        do { return try await client.storeInfo(name) } catch let error as LarderClientError
            where error.code == .notFound
        {
            let known = (try? await client.stores().map(\.name)) ?? []
            throw CommandFailure.notFound("There is no store '\(name)'.\(Spelling.hint(name, known))")
        }
    }

    /// For where nothing was found.
    /// - Throws: ``CommandFailure`` with exit code 3, unless the store is there and all of it was asked for.
    static func explainNothing(_ store: String, prefix: String, _ client: LarderClient) async throws {
        try await find(store, client)
        guard prefix.isEmpty else {
            throw CommandFailure.notFound("Nothing in '\(store)' starts with '\(prefix)'.")
        }
    }
}
