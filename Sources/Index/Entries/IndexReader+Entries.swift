package import LarderModel

extension IndexReader {
    /// The columns of ``entry(from:)``, in its order.
    static let entryColumns =
        "key, placement, size, stored_size, encoding, digest, etag, content_type, metadata, created_at, "
        + "modified_at, expires_at, object, ttl"

    static func entry(from row: any SQLRow) throws -> Entry {
        guard let placement = Placement(rawValue: row.int(1)) else { throw IndexDamage(what: "an unknown placement") }
        return Entry(
            key: EntryKey(trusted: row.bytes(0)), placement: placement, size: row.int64(2), storedSize: row.int64(3),
            encoding: try row.encoding(4),
            digest: try row.digest(5), etag: try row.etag(6), contentType: row.string(7),
            metadata: Metadata(trusted: row.bytes(8)),
            createdAt: row.timestamp(9), modifiedAt: row.timestamp(10), expiresAt: row.timestampIfAny(11),
            ttl: row.int64IfAny(13).map { .milliseconds($0) })
    }

    /// The entry as the index has it, expired or not; nil when there is none.
    package func entry(_ name: EntryName) throws -> Entry? {
        try db.one(Self.entrySQL) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
        } _: {
            try Self.entry(from: $0)
        }
    }

    /// An entry by its site, store and key.
    static let entrySQL = """
        SELECT \(entryColumns) FROM entries
        WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key = ?3
        """
    /// An entry by its store's number and key.
    static let numberedEntrySQL = "SELECT \(entryColumns) FROM entries WHERE store = ?1 AND key = ?2"

    /// Entries of a store by key, behind `after`: a bounded step through all of it.
    package func entries(of store: StoreName, in site: SiteID, after: [UInt8], limit: Int) throws -> [Entry] {
        var found: [Entry] = []
        try db.each(
            """
            SELECT \(Self.entryColumns) FROM entries
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key > ?3 ORDER BY key LIMIT ?4
            """
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, after)
            $0.set(4, limit)
        } _: {
            found.append(try Self.entry(from: $0))
            return true
        }
        return found
    }
}
