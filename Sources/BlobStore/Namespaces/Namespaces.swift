import Index
package import LarderModel
import Synchronization

/// The stores that are namespaces of the KV face, by their IDs: all of them are in memory, some 200 bytes each, and
/// change with the commits. Where other nodes change them too there are none in memory: the index is asked.
package final class Namespaces: Sendable {
    private let blobs: BlobStore
    private let table: Table

    private final class Table: Sendable {
        let stores = Mutex<[NamespaceID: StoreHandle]>([:])
    }

    /// To be made before there are writes.
    package init(_ blobs: BlobStore) async throws {
        self.blobs = blobs
        let table = Table()
        self.table = table
        guard !blobs.isShared else { return }
        let known = try await blobs.look { try $0.namespaces() }
        table.stores.withLock { stores in
            for namespace in known { stores[namespace.id] = namespace.store }
        }
        // On the writer's thread, in the order of the commits: whoever is answered afterwards finds it.
        blobs.observeCommits { changes in
            guard !changes.namespaces.isEmpty else { return }
            table.stores.withLock { stores in
                for (id, store) in changes.namespaces { stores[id] = store }
            }
        }
    }

    /// The store of a namespace, by its present name; nil: there is no such namespace, or other nodes may change it.
    /// Never blocks.
    ///
    /// A hint, for a commit is seen by readers a moment before it is here: who finds nothing under that name, or must
    /// know that it still is the name, asks ``current(_:)``.
    package subscript(id: NamespaceID) -> StoreHandle? { table.stores.withLock { $0[id] } }

    /// The same as the index has it.
    package func current(_ id: NamespaceID) async throws -> StoreHandle? {
        try await blobs.look { try $0.namespace(id) }
    }

    /// Makes a store that is a namespace.
    /// - Returns: nil when there is a store of that name.
    package func create(_ name: StoreName, in site: SiteID) async throws -> StoreNamespace? {
        let id = NamespaceID.random()
        return try await blobs.change { try $0.makeNamespace(name, in: site, id) }
    }

    /// How many get their IDs in one transaction.
    private static let step = 500

    /// The namespaces that stores of a site are; those that have no ID yet are given one.
    package func all(_ stores: [StoreSummary], in site: SiteID) async throws -> [StoreName: NamespaceID] {
        var ids: [StoreName: NamespaceID] = [:]
        for summary in stores { ids[summary.name] = summary.namespace }
        let new = stores.filter { $0.namespace == nil }.map(\.name)
        for start in stride(from: 0, to: new.count, by: Self.step) {
            let names = Array(new[start..<min(start + Self.step, new.count)])
            let random = names.map { _ in NamespaceID.random() }
            for given in try await blobs.change(.belowTheFloor, { try $0.nameSpaces(names, in: site, random) }) {
                ids[given.store.name] = given.id
            }
        }
        return ids
    }

    /// Gives a namespace another name; its ID and its entries stay, and the policy of the new name holds for them.
    /// - Returns: nil when there is a store of that name.
    /// - Throws: `LarderError` `.unavailable` when it was renamed or removed meanwhile; `.conflict` where its name
    ///   means something to a learning memory, or it holds logs and the new name has another policy.
    package func rename(_ id: NamespaceID, _ store: StoreHandle, to name: StoreName) async throws -> StoreNamespace? {
        let policies = blobs.policies
        let isSamePolicy = policies.policy(for: store.name).name == policies.policy(for: name).name
        return try await blobs.change { transaction in
            if !isSamePolicy, try transaction.reader.holdsLogs(store.id) {
                throw LarderError(
                    .conflict, "The store holds logs, and '\(name)' has another policy, which may know of none.")
            }
            return try transaction.rename(StoreNamespace(id: id, store: store), to: name)
        }
    }
}
