import GRDB
import LarderModel

/// Reads of the index, inside a read or a write transaction: both see one state.
package struct IndexReader {
    let db: Database

    /// The columns of ``entry(from:)``, in its order.
    static let entryColumns =
        "key, placement, size, stored_size, encoding, digest, etag, content_type, metadata, created_at, modified_at, expires_at, object"

    static func entry(from row: SQLRow) throws -> Entry {
        guard let placement = Placement(rawValue: row.int(1)) else { throw IndexDamage(what: "an unknown placement") }
        return Entry(
            key: EntryKey(trusted: row.bytes(0)), placement: placement, size: row.int64(2), storedSize: row.int64(3),
            encoding: try row.encoding(4),
            digest: try row.digest(5), etag: try row.etag(6), contentType: row.string(7),
            metadata: Metadata(trusted: row.bytes(8)),
            createdAt: row.timestamp(9), modifiedAt: row.timestamp(10), expiresAt: row.timestampIfAny(11))
    }

    func storeID(_ site: SiteID, _ store: StoreName) throws -> Int64? {
        try db.one("SELECT id FROM stores WHERE site = ?1 AND name = ?2") {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
        } _: {
            $0.int64(0)
        }
    }

    /// The entry as the index has it, expired or not; nil when there is none.
    package func entry(_ name: EntryName) throws -> Entry? {
        try db.one(
            """
            SELECT \(Self.entryColumns) FROM entries
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key = ?3
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
        } _: {
            try Self.entry(from: $0)
        }
    }

    /// The stored form of small content; nil when the object is not kept in the index.
    package func inlineContent(_ digest: Digest) throws -> [UInt8]? {
        try db.one("SELECT data FROM objects WHERE digest = ?1 AND data IS NOT NULL") {
            $0.set(1, digest)
        } _: {
            $0.bytes(0)
        }
    }

    /// How an object is kept, nil when there is no such object.
    package func encoding(of digest: Digest) throws -> Encoding? {
        try db.one("SELECT encoding FROM objects WHERE digest = ?1") {
            $0.set(1, digest)
        } _: {
            try $0.encoding(0)
        }
    }

    // MARK: Stores

    private static let summaryColumns =
        "site, name, entries, bytes, stored_bytes, removed_cap, removed_cleanup, removed_expired"

    private static func summary(from row: SQLRow) throws -> StoreSummary {
        StoreSummary(
            site: try SiteID(row.string(0)), name: try StoreName(bytes: row.bytes(1)), entries: row.int64(2),
            bytes: row.int64(3),
            storedBytes: row.int64(4),
            removed: StoreSummary.Removed(cap: row.int64(5), cleanup: row.int64(6), expired: row.int64(7)))
    }

    /// Stores of a site by name, behind `after`, at most `limit`.
    package func stores(of site: SiteID, after: [UInt8] = [], limit: Int) throws -> [StoreSummary] {
        var summaries: [StoreSummary] = []
        try db.each("SELECT \(Self.summaryColumns) FROM stores WHERE site = ?1 AND name > ?2 ORDER BY name LIMIT ?3") {
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
        try db.one("SELECT \(Self.summaryColumns) FROM stores WHERE site = ?1 AND name = ?2") {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
        } _: {
            try Self.summary(from: $0)
        }
    }

    /// Over all sites: entries, their plain and stored bytes, and the bytes the objects really take.
    package func totals() throws -> IndexTotals {
        let stores = try db.one(
            "SELECT COALESCE(SUM(entries), 0), COALESCE(SUM(bytes), 0), COALESCE(SUM(stored_bytes), 0), COALESCE(SUM(removed_cap), 0), "
                + "COALESCE(SUM(removed_cleanup), 0), COALESCE(SUM(removed_expired), 0) FROM stores"
        ) { _ in
        } _: {
            IndexTotals(
                entries: $0.int64(0), bytes: $0.int64(1), storedBytes: $0.int64(2),
                removed: StoreSummary.Removed(cap: $0.int64(3), cleanup: $0.int64(4), expired: $0.int64(5)))
        }
        return stores ?? IndexTotals(entries: 0, bytes: 0, storedBytes: 0, removed: StoreSummary.Removed())
    }
}

/// Sums over all stores, from their counters.
package struct IndexTotals: Sendable {
    package var entries: Int64
    /// Plain bytes.
    package var bytes: Int64
    /// Bytes as kept, each entry counted, so before deduplication.
    package var storedBytes: Int64
    /// Entries and events that rules took away.
    package var removed: StoreSummary.Removed
}
