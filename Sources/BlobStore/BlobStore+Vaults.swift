import Index
package import LarderModel

extension BlobStore {
    /// Passages of what is no vault any more that go in one step.
    private static let forgottenStep = 1_000

    /// Forgets the items of stores that are no vaults any more.
    /// - Returns: vaults whose items do not follow their rule yet.
    package func settleVaults() async throws -> [StoreHandle] {
        let (stores, rows) = try await look { (try $0.storeHandles(), try $0.vaultRows()) }
        let rules = stores.map { (store: $0, rule: policies.policy(for: $0.name).index?.rule) }
        for store in rules.filter({ $0.rule == nil && rows[$0.store.id] != nil }).map(\.store) {
            while try await change(.evenWhenFull, { try $0.removeItems(of: store.id, limit: Self.forgottenStep) }) {}
        }
        return rules.filter { store, rule in
            guard let rule else { return false }
            return rows[store.id].map { !$0.isWhole || $0.rule != rule } ?? true
        }.map(\.store)
    }
}
