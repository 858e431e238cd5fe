import Index
package import LarderModel

extension JobKind {
    /// Removes what a removed store held. Begins with the removal of a namespace, and by itself where one was left.
    static let storeRemoval = JobKind(
        "remove-store", title: { "Removal of the store '\($0.name)'" }, JobRequest.storeRemoval, read: nil)
}

extension JobRequest {
    package static func storeRemoval(_ wanted: StoreRemovalRequest) -> JobRequest {
        JobRequest(.storeRemoval, wanted, lane: "remove-store \(wanted.store)") {
            try StoreRemovalWork(wanted, $0, $1.blobs)
        }
    }
}

extension JobRunner {
    /// Takes a namespace away, and has a job remove what it held; both are written down together.
    /// - Throws: `LarderError` as `IndexTransaction.remove(_:)`; `.unavailable` while the server goes down.
    package func remove(_ namespace: StoreNamespace, by requester: String) async throws {
        let store = namespace.store
        let request = StoreRemovalRequest(store: store.id, name: store.name.text)
        _ = try await start(.storeRemoval(request), by: requester, site: store.site) { try $0.remove(namespace) }
    }
}
