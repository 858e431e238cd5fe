package import LarderModel

extension BlobStore {
    package func stores(of site: SiteID, after: [UInt8] = [], limit: Int) async throws -> [StoreSummary] {
        try await index.read { try $0.stores(of: site, after: after, limit: limit) }
    }

    package func summary(of store: StoreName, in site: SiteID) async throws -> StoreSummary? {
        try await index.read { try $0.summary(of: store, in: site) }
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

    /// What stores of a site held at the ends of days.
    /// - Parameters:
    ///   - stores: as ``stores(of:after:limit:)`` and ``summary(of:in:)`` gave them.
    ///   - days: days since 1970-01-01, UTC; those on which nobody looked are left out.
    ///   - countedMax: the most entries of all these stores that are read to say what equal content saves.
    package func growth(
        of stores: [StoreSummary], in site: SiteID, days: Range<Int64>, countedMax: Int64
    ) async throws -> [StoreGrowth] {
        try await index.read { reader in
            let numbers = Dictionary(try reader.storeHandles(of: site).map { ($0.name.bytes, $0.id) }) {
                first, _ in first
            }
            let known = stores.compactMap { summary in numbers[summary.name.bytes].map { (summary, $0) } }
            let isCounted = known.reduce(0) { $0 + $1.0.entries } <= countedMax
            let shared = isCounted ? try reader.sharedBytes(of: known.map(\.1)) : nil
            return try known.map { summary, id in
                StoreGrowth(
                    summary: summary,
                    days: try reader.days(of: id, from: days.lowerBound, through: days.upperBound - 1),
                    sharedBytes: shared.map { $0[id] ?? 0 })
            }
        }
    }
}
