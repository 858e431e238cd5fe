package import LarderModel
import NIOCore

extension IndexTransaction {
    /// Writes an entry whole: content, metadata, type and ETag change together.
    /// - Parameter author: the watcher that writes it; that one is not told, others are.
    /// - Throws: `LarderError` `.preconditionFailed`; ``KeptOtherwise``; what a watcher throws. Nothing has changed
    ///   then.
    package func put(
        _ name: EntryName, _ draft: Draft, _ object: Object, by author: (any EntryWatcher.Type)? = nil
    ) throws -> PutResult {
        try checkStore(name, is: draft.store)
        let old = try knownStoreID(name.site, name.store).flatMap { try row($0, name.key) }
        let current = old.flatMap { $0.expiresAt.map { $0 <= now } ?? false ? nil : $0 }
        try draft.conditions.checkWrite(current: current.map { ($0.etag, $0.modifiedAt) })
        let store = try storeID(name.site, name.store)
        if let old, old.isLog { try emptyLog(name) }
        let bound = try current.flatMap { $0.etag == draft.etag ? nil : try boundOfVersions(name, $0) }
        let (kept, wasKnown) = try reference(object, unlessHeldBy: bound == nil ? old : nil)
        var draft = draft
        if PlantedFault.strikes(.keepOldType), current != nil, let type = try reader.entry(name)?.contentType {
            draft.contentType = type
        }
        let entry = Entry(
            key: name.key, placement: kept.isInline ? .inline : .file, size: object.size, storedSize: kept.storedSize,
            encoding: kept.encoding,
            digest: object.digest, etag: draft.etag, contentType: draft.contentType, metadata: draft.metadata,
            createdAt: current?.createdAt ?? now, modifiedAt: now, expiresAt: expiryTime(draft.expiry), ttl: draft.ttl)
        if let bound { try keepVersion(name.key, of: store, bound, byDeletion: false) }
        try write(entry, store, object: kept.id, over: old != nil)
        if bound == nil, let old, old.object != kept.id { try release(old.object) }
        count(store) {
            $0.entries += old == nil ? 1 : 0
            $0.bytes += entry.size - (old?.size ?? 0)
            $0.storedBytes += entry.storedSize - (old?.storedSize ?? 0)
            if old != nil, current == nil { $0.removed.expired += 1 }
        }
        state.changed[name] = .some(
            CachedEntry(entry, content: kept.isInline ? kept.content.map { ByteBuffer(bytes: $0) } : nil))
        let isTold = try tellWatchers(name, changedTo: entry, by: author)
        // A watcher may have put something else in its place.
        let result = isTold ? state.changed[name].flatMap { $0 }?.entry ?? entry : entry
        return PutResult(entry: result, isNew: current == nil, wasKnown: wasKnown, leftPlace: kept.leftPlace)
    }

    func expiryTime(_ expiry: Expiry) -> Timestamp? {
        switch expiry {
        case .never: nil
        case .after(let duration): now + duration
        case .at(let time): time
        }
    }

    /// Removes an entry.
    /// - Parameter number: what the store must have; nil: whichever it has.
    /// - Returns: whether there was one.
    /// - Throws: `LarderError` `.preconditionFailed`; `.unavailable` as ``checkStore(_:is:)``.
    package func delete(_ name: EntryName, _ conditions: Preconditions = .none, store number: Int64? = nil) throws
        -> Bool
    {
        try checkStore(name, is: number)
        let store = try knownStoreID(name.site, name.store)
        let old = try store.flatMap { try row($0, name.key) }
        let current = old.flatMap { $0.expiresAt.map { $0 <= now } ?? false ? nil : $0 }
        try conditions.checkWrite(current: current.map { ($0.etag, $0.modifiedAt) })
        guard let store, let old else { return false }
        if PlantedFault.strikes(.deleteWithoutRow) {
            state.changed[name] = .some(nil)
            return current != nil
        }
        try remove(store, name, old, keeping: current.flatMap { try boundOfVersions(name, $0) })
        if current == nil { count(store) { $0.removed.expired += 1 } }
        return current != nil
    }

    /// Removes entries whose keys start with a prefix, in key order, at most `limit`: a bounded step of a longer work.
    /// - Parameter keepsVersions: whether what goes may stay as versions, where its rule says so.
    /// - Returns: how many that were not expired went, and whether there are more.
    package func deletePrefix(
        _ prefix: [UInt8], of store: StoreName, in site: SiteID, limit: Int, keepsVersions: Bool = true
    ) throws -> (deleted: Int, hasMore: Bool) {
        guard let id = try reader.storeID(site, store) else { return (0, false) }
        var found: [(EntryName, EntryRow)] = []
        try db.each(
            """
            SELECT \(EntryRow.columns), key FROM entries
            WHERE store = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4
            """
        ) {
            $0.set(1, id)
            $0.set(2, prefix)
            $0.set(3, prefix.endOfPrefix ?? EntryKey.end)
            $0.set(4, limit + 1)
        } _: {
            found.append(
                (
                    EntryName(site: site, store: store, key: EntryKey(trusted: $0.bytes(EntryRow.columnCount))),
                    try EntryRow($0)
                ))
            return true
        }
        var deleted = 0
        for (name, row) in found.prefix(limit) {
            let isExpired = row.expiresAt.map { $0 <= now } ?? false
            try remove(id, name, row, keeping: isExpired || !keepsVersions ? nil : try boundOfVersions(name, row))
            if isExpired { count(id) { $0.removed.expired += 1 } } else { deleted += 1 }
        }
        return (deleted, found.count > limit)
    }
}
