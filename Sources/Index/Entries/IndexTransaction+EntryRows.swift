import LarderModel

extension IndexTransaction {
    /// What a write needs of the row it replaces.
    struct EntryRow {
        static let columns = "object, size, stored_size, etag, created_at, modified_at, expires_at, placement, ttl"
        static let columnCount = 9

        let object: Int64?
        let size, storedSize: Int64
        let etag: ETag
        let createdAt, modifiedAt: Timestamp
        let expiresAt: Timestamp?
        let isLog: Bool
        let ttl: Duration?

        init(_ row: any SQLRow) throws {
            object = row.isNull(0) ? nil : row.int64(0)
            size = row.int64(1)
            storedSize = row.int64(2)
            etag = try row.etag(3)
            createdAt = row.timestamp(4)
            modifiedAt = row.timestamp(5)
            expiresAt = row.timestampIfAny(6)
            isLog = row.int(7) == Placement.log.rawValue
            ttl = row.int64IfAny(8).map { .milliseconds($0) }
        }
    }

    func row(_ store: Int64, _ key: EntryKey) throws -> EntryRow? {
        if let foreseen = takeForeseenEntry(store, key) { return foreseen?.entry }
        return try db.one("SELECT \(EntryRow.columns) FROM entries WHERE store = ?1 AND key = ?2") {
            $0.set(1, store)
            $0.set(2, key.bytes)
        } _: {
            try EntryRow($0)
        }
    }

    private static let entryValues = """
        placement = ?3, object = ?4, size = ?5, stored_size = ?6, encoding = ?7, digest = ?8, etag = ?9,
        content_type = ?10, metadata = ?11, created_at = ?12, modified_at = ?13, expires_at = ?14, ttl = ?15
        """
    private static let entryUpdate = "UPDATE entries SET \(entryValues) WHERE store = ?1 AND key = ?2"
    private static let entryUpsert = """
        INSERT INTO entries (store, key, placement, object, size, stored_size, encoding, digest, etag,
            content_type, metadata, created_at, modified_at, expires_at, ttl)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (store, key) DO UPDATE SET \(entryValues)
        """

    /// - Parameter isThere: whether this transaction has seen a row of it. Where another node has removed that
    ///   meanwhile, only an update notices: an insert would find nothing in its way.
    func write(_ entry: Entry, _ store: Int64, object: Int64?, over isThere: Bool) throws {
        _ = takeForeseenEntry(store, entry.key)
        try db.run(isThere && db.isRemote ? Self.entryUpdate : Self.entryUpsert) {
            $0.set(1, store)
            $0.set(2, entry.key.bytes)
            $0.set(3, entry.placement.rawValue)
            $0.set(4, object)
            $0.set(5, entry.size)
            $0.set(6, entry.storedSize)
            $0.set(7, entry.encoding.rawValue)
            $0.set(8, entry.digest)
            $0.set(9, entry.etag)
            $0.set(10, entry.contentType)
            $0.set(11, entry.metadata.json)
            $0.set(12, entry.createdAt)
            $0.set(13, entry.modifiedAt)
            $0.set(14, entry.expiresAt)
            $0.set(15, entry.ttl?.wholeMilliseconds)
        }
    }

    /// - Parameter bound: which versions its rule keeps, this content among them; nil: it is not kept.
    func remove(_ store: Int64, _ name: EntryName, _ row: EntryRow, keeping bound: KeptVersions? = nil) throws {
        _ = takeForeseenEntry(store, name.key)
        if let bound { try keepVersion(name.key, of: store, bound, byDeletion: true) }
        try db.run("DELETE FROM entries WHERE store = ?1 AND key = ?2") {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
        }
        if bound == nil { try release(row.object) }
        if row.isLog { try emptyLog(name) } else { try removeItems(0...0, of: name) }
        count(store) {
            $0.entries -= 1
            $0.bytes -= row.size
            $0.storedBytes -= row.storedSize
        }
        state.changed[name] = .some(nil)
        _ = try tellWatchers(name, changedTo: nil, by: nil)
    }
}
