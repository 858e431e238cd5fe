import Index
package import LarderModel

extension BlobStore {
    package func stores(of site: SiteID, after: [UInt8] = [], limit: Int) async throws -> [StoreSummary] {
        try await index.read { try $0.stores(of: site, after: after, limit: limit) }
    }

    package func summary(of store: StoreName, in site: SiteID) async throws -> StoreSummary? {
        try await index.read { try $0.summary(of: store, in: site) }
    }

    /// Makes a store that holds nothing yet, durably.
    /// - Returns: whether it is new.
    package func makeStore(_ name: StoreName, in site: SiteID) async throws -> Bool {
        try await change { try $0.makeStore(name, in: site) }
    }

    /// Removes a store that holds nothing, and all versions of what it held. Entries are removed before, by
    /// ``deletePrefix(_:of:in:limit:keepsVersions:)``.
    /// - Returns: whether it holds nothing; false: it stays. nil: there is none.
    package func removeStore(_ name: StoreName, in site: SiteID) async throws -> Bool? {
        while try await change(
            .evenWhenFull, { try $0.removeVersions(ofEmpty: name, in: site, limit: Self.deleteStep) })
        {}
        return try await change(.evenWhenFull) { try $0.removeStore(name, in: site) }
    }

    /// Sums over all stores of all sites.
    package func totals() async throws -> StoreTotals {
        let totals = try await index.read { try $0.totals() }
        return StoreTotals(
            entries: totals.entries, bytes: totals.bytes, storedBytes: totals.storedBytes, removed: totals.removed)
    }

    // MARK: Growth

    /// Writes down what each store holds, as the state of today so far.
    package func recordGrowth() async throws { try await change(.belowTheFloor) { try $0.recordGrowth() } }

    /// What stores held at the ends of days.
    /// - Parameters:
    ///   - stores: as ``stores(of:after:limit:)`` and ``summary(of:in:)`` gave them.
    ///   - days: days since 1970-01-01, UTC; those on which nobody looked are left out.
    ///   - saved: what equal content saves; nil: that was not counted.
    package func growth(of stores: [StoreSummary], days: Range<Int64>, saved: SharedBytes?) async throws
        -> [StoreGrowth]
    {
        try await index.read { reader in
            try stores.compactMap { summary in
                guard let id = try reader.storeID(summary.site, summary.name) else { return nil }
                return StoreGrowth(
                    summary: summary,
                    days: try reader.days(of: id, from: days.lowerBound, through: days.upperBound - 1),
                    sharedBytes: saved.map { $0.byStore[id] ?? 0 })
            }
        }
    }

    /// What stores save because entries of them share content. Reads every entry of them.
    package func sharedBytes(of stores: [StoreSummary]) async throws -> SharedBytes {
        try await index.read { reader in
            let ids = try stores.compactMap { try reader.storeID($0.site, $0.name) }
            return SharedBytes(byStore: try reader.sharedBytes(of: ids))
        }
    }
}

/// Bytes that stores save because entries of them share content.
package struct SharedBytes: Sendable {
    /// By the store's number; one that is left out saves nothing.
    fileprivate let byStore: [Int64: Int64]
}
