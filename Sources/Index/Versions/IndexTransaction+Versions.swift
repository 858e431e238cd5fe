package import LarderModel

/// Versions: what writes and deletions by clients replace, where a rule keeps it.
extension IndexTransaction {
    /// Which versions of an entry are kept when what is there is replaced; nil: what is there is not kept.
    func boundOfVersions(_ name: EntryName, _ row: EntryRow) throws -> KeptVersions? {
        row.isLog || name.site == .removed ? nil : keptVersions(name)
    }

    /// Makes a version of an entry that is about to be replaced. The reference to its object moves to the version.
    func keepVersion(_ key: EntryKey, of store: Int64, _ bound: KeptVersions, byDeletion: Bool) throws {
        try db.run(
            """
            INSERT INTO entry_versions (store, key, placement, object, size, stored_size, encoding, digest, etag,
                content_type, metadata, created_at, modified_at, replaced_at, is_deletion)
            SELECT store, key, placement, object, size, stored_size, encoding, digest, etag,
                content_type, metadata, created_at, modified_at, CAST(?3 AS BIGINT), CAST(?4 AS BIGINT)
            FROM entries WHERE store = ?1 AND key = ?2
            """
        ) {
            $0.set(1, store)
            $0.set(2, key.bytes)
            $0.set(3, now)
            $0.set(4, byDeletion ? 1 : 0)
        }
        guard case .newest(let count) = bound else { return }
        _ = try removeVersions(of: store, key: key, after: count, limit: KeptVersions.countMax)
    }

    /// Removes versions of an entry.
    /// - Parameters:
    ///   - count: the newest so many stay.
    ///   - limit: at most so many go.
    /// - Returns: whether there may be more.
    func removeVersions(of store: Int64, key: EntryKey, after count: Int = 0, limit: Int) throws -> Bool {
        try removeVersions(
            "SELECT id, object FROM entry_versions WHERE store = ?1 AND key = ?2 ORDER BY id DESC LIMIT ?3 OFFSET ?4"
        ) {
            $0.set(1, store)
            $0.set(2, key.bytes)
            $0.set(3, limit)
            $0.set(4, count)
        } == limit
    }

    /// Removes versions of a store, at most `limit`: a bounded step of a longer work.
    /// - Returns: whether there may be more.
    package func removeVersions(of store: Int64, limit: Int) throws -> Bool {
        try removeVersions("SELECT id, object FROM entry_versions WHERE store = ?1 LIMIT ?2") {
            $0.set(1, store)
            $0.set(2, limit)
        } == limit
    }

    /// Removes versions of a store that holds no entries, as the step above.
    package func removeVersions(ofEmpty store: StoreName, in site: SiteID, limit: Int) throws -> Bool {
        guard let id = try knownStoreID(site, store), try !holdsEntries(id) else { return false }
        return try removeVersions(of: id, limit: limit)
    }

    /// Removes one version, if it is still there.
    /// - Returns: whether it was.
    package func removeVersion(_ id: Int64) throws -> Bool {
        try removeVersions("SELECT id, object FROM entry_versions WHERE id = ?1") { $0.set(1, id) } > 0
    }

    private func removeVersions(_ selection: String, _ bind: (any SQLParameters) -> Void) throws -> Int {
        var found: [(id: Int64, object: Int64?)] = []
        try db.each(selection, bind) {
            found.append(($0.int64(0), $0.int64IfAny(1)))
            return true
        }
        for version in found {
            try db.run("DELETE FROM entry_versions WHERE id = ?1") { $0.set(1, version.id) }
            try release(version.object)
        }
        return found.count
    }
}
