package import LarderModel

extension IndexReader {
    private static let versionColumns =
        "key, placement, size, stored_size, encoding, digest, etag, content_type, metadata, created_at, "
        + "modified_at, NULL, object, NULL, id, replaced_at, is_deletion"

    private static func version(from row: any SQLRow) throws -> EntryVersion {
        EntryVersion(
            id: row.int64(14), entry: try entry(from: row), replacedAt: row.timestamp(15), isDeletion: row.int(16) == 1)
    }

    /// Versions of an entry, newest first.
    /// - Parameters:
    ///   - id: those before this one; nil: from the newest on.
    ///   - cutoff: without those that were replaced then or before; nil: all.
    package func versions(of name: EntryName, before id: Int64?, since cutoff: Timestamp?, limit: Int) throws
        -> [EntryVersion]
    {
        guard let store = try storeID(name.site, name.store) else { return [] }
        var found: [EntryVersion] = []
        try db.each(
            """
            SELECT \(Self.versionColumns) FROM entry_versions
            WHERE store = ?1 AND key = ?2 AND id < ?3 AND replaced_at > ?4 ORDER BY id DESC LIMIT ?5
            """
        ) {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
            $0.set(3, id ?? Int64.max)
            $0.set(4, cutoff ?? Timestamp(milliseconds: .min))
            $0.set(5, limit)
        } _: {
            found.append(try Self.version(from: $0))
            return true
        }
        return found
    }

    /// The newest version of an entry that has this ETag; nil when there is none.
    /// - Parameter cutoff: as in ``versions(of:before:since:limit:)``.
    package func version(of name: EntryName, _ etag: ETag, since cutoff: Timestamp?) throws -> EntryVersion? {
        guard let store = try storeID(name.site, name.store) else { return nil }
        return try db.one(
            """
            SELECT \(Self.versionColumns) FROM entry_versions
            WHERE store = ?1 AND key = ?2 AND etag = ?3 AND replaced_at > ?4 ORDER BY id DESC LIMIT 1
            """
        ) {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
            $0.set(3, etag)
            $0.set(4, cutoff ?? Timestamp(milliseconds: .min))
        } _: {
            try Self.version(from: $0)
        }
    }

    /// What the last deletion of each key took, of keys that have no entry at `now`: in key order.
    /// - Parameters:
    ///   - since: deleted then or later.
    ///   - after: keys behind this one; empty: from the first on.
    package func deleted(
        in store: StoreName, of site: SiteID, prefix: [UInt8], since: Timestamp, after: [UInt8], now: Timestamp,
        limit: Int
    ) throws -> [EntryVersion] {
        guard let id = try storeID(site, store) else { return [] }
        var found: [EntryVersion] = []
        try db.each(
            """
            SELECT \(Self.versionColumns) FROM entry_versions AS v
            WHERE store = ?1 AND key >= ?2 AND key < ?3 AND key > ?4 AND replaced_at >= ?5 AND is_deletion = 1
                AND id = (SELECT MAX(id) FROM entry_versions AS w WHERE w.store = v.store AND w.key = v.key)
                AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.store = v.store AND e.key = v.key
                    AND (e.expires_at IS NULL OR e.expires_at > ?6))
            ORDER BY key LIMIT ?7
            """
        ) {
            $0.set(1, id)
            $0.set(2, prefix)
            $0.set(3, prefix.endOfPrefix ?? EntryKey.end)
            $0.set(4, after)
            $0.set(5, since)
            $0.set(6, now)
            $0.set(7, limit)
        } _: {
            found.append(try Self.version(from: $0))
            return true
        }
        return found
    }

    /// Versions of a store that were replaced at `cutoff` or before, oldest first, behind a time and a number, at most
    /// `limit`.
    package func agedVersions(
        in store: Int64, by cutoff: Timestamp, after time: Timestamp, _ id: Int64, limit: Int
    ) throws -> [AgedVersion] {
        var found: [AgedVersion] = []
        try db.each(
            """
            SELECT id, key, size, replaced_at FROM entry_versions
            WHERE store = ?1 AND (replaced_at, id) > (?2, ?3) AND replaced_at <= ?4 ORDER BY replaced_at, id LIMIT ?5
            """
        ) {
            $0.set(1, store)
            $0.set(2, time)
            $0.set(3, id)
            $0.set(4, cutoff)
            $0.set(5, limit)
        } _: {
            found.append(
                AgedVersion(
                    id: $0.int64(0), key: EntryKey(trusted: $0.bytes(1)), size: $0.int64(2),
                    replacedAt: $0.timestamp(3)))
            return true
        }
        return found
    }

    /// How many versions a store holds.
    package func countVersions(in store: Int64) throws -> Int64 {
        try db.one("SELECT COUNT(*) FROM entry_versions WHERE store = ?1") {
            $0.set(1, store)
        } _: {
            $0.int64(0)
        } ?? 0
    }
}
