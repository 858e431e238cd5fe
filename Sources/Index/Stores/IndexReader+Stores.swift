package import LarderModel

extension IndexReader {
    /// A store that was removed keeps its row, with 0 as the time that it was made: its number is never another's, and
    /// the sequence numbers of its logs go on when it comes back.
    private static let isThere = "created_at > 0"

    /// The number of a store; nil when there is none of that name.
    package func storeID(_ site: SiteID, _ store: StoreName) throws -> Int64? {
        try db.one(Self.storeIDSQL) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
        } _: {
            $0.int64(0)
        }
    }

    static let storeIDSQL = "SELECT id FROM stores WHERE site = ?1 AND name = ?2 AND \(isThere)"

    /// All stores of all sites, but those that were removed.
    package func storeHandles() throws -> [StoreHandle] {
        var stores: [StoreHandle] = []
        try db.each("SELECT id, site, name FROM stores WHERE site <> '\(SiteID.removed.text)' AND \(Self.isThere)") {
            _ in
        } _: {
            stores.append(
                StoreHandle(id: $0.int64(0), site: try SiteID($0.string(1)), name: try StoreName(bytes: $0.bytes(2))))
            return true
        }
        return stores
    }

    private static let counters = [
        "entries", "bytes", "stored_bytes", "removed_cap", "removed_cleanup", "removed_expired",
    ]

    /// What every node has counted, together.
    private static let sums = counters.map { "CAST(COALESCE(SUM(c.\($0)), 0) AS BIGINT)" }.joined(separator: ", ")

    /// - Parameter stores: a query of `stores` for all columns of those that are wanted.
    private static func summaries(of stores: String) -> String {
        """
        SELECT s.site, s.name, \(sums), s.namespace
        FROM (\(stores)) AS s LEFT JOIN store_counts AS c ON c.store = s.id
        GROUP BY s.id, s.site, s.name, s.namespace ORDER BY s.name
        """
    }

    private static let pageSQL = summaries(
        of: "SELECT * FROM stores WHERE site = ?1 AND name > ?2 AND \(isThere) ORDER BY name LIMIT ?3")
    private static let summarySQL = summaries(
        of: "SELECT * FROM stores WHERE site = ?1 AND name = ?2 AND \(isThere)")

    private static func summary(from row: any SQLRow) throws -> StoreSummary {
        StoreSummary(
            site: try SiteID(row.string(0)), name: try StoreName(bytes: row.bytes(1)), entries: row.int64(2),
            bytes: row.int64(3),
            storedBytes: row.int64(4),
            removed: StoreSummary.Removed(cap: row.int64(5), cleanup: row.int64(6), expired: row.int64(7)),
            namespace: NamespaceID(bytes: row.rawBytes(8)))
    }

    /// Stores of a site by name, behind `after`, at most `limit`.
    package func stores(of site: SiteID, after: [UInt8] = [], limit: Int) throws -> [StoreSummary] {
        var summaries: [StoreSummary] = []
        try db.each(Self.pageSQL) {
            $0.set(1, site.text)
            $0.set(2, after)
            $0.set(3, limit)
        } _: {
            summaries.append(try Self.summary(from: $0))
            return true
        }
        return summaries
    }

    package func summary(of store: StoreName, in site: SiteID) throws -> StoreSummary? {
        try db.one(Self.summarySQL) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
        } _: {
            try Self.summary(from: $0)
        }
    }

    /// Over all sites: entries, their plain and stored bytes, and the bytes the objects really take.
    package func totals() throws -> IndexTotals {
        let stores = try db.one("SELECT \(Self.sums) FROM store_counts AS c") { _ in
        } _: {
            IndexTotals(
                entries: $0.int64(0), bytes: $0.int64(1), storedBytes: $0.int64(2),
                removed: StoreSummary.Removed(cap: $0.int64(3), cleanup: $0.int64(4), expired: $0.int64(5)))
        }
        return stores ?? IndexTotals(entries: 0, bytes: 0, storedBytes: 0, removed: StoreSummary.Removed())
    }

    /// Every store of every site, or of one, in the order they were made.
    package func storeHandles(of site: SiteID? = nil) throws -> [StoreHandle] {
        var handles: [StoreHandle] = []
        // Those that were removed and are not yet empty have no site.
        let condition = "site \(site == nil ? "<>" : "=") ?1 AND \(Self.isThere)"
        try db.each("SELECT id, site, name FROM stores WHERE \(condition) ORDER BY id") {
            $0.set(1, site?.text ?? SiteID.removed.text)
        } _: {
            handles.append(
                StoreHandle(id: $0.int64(0), site: try SiteID($0.string(1)), name: try StoreName(bytes: $0.bytes(2))))
            return true
        }
        return handles
    }
}
