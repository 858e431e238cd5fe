package import LarderModel

extension IndexTransaction {
    /// Looks whether a name still means the store of this number; any, where it is nil.
    /// - Throws: `LarderError` `.unavailable` when it was renamed or removed since somebody looked it up.
    package func checkStore(_ name: EntryName, is number: Int64?) throws {
        guard let number, try knownStoreID(name.site, name.store) != number else { return }
        throw Self.moved
    }

    /// The same for a store.
    private func checkStore(_ store: StoreHandle) throws {
        guard try knownStoreID(store.site, store.name) == store.id else { throw Self.moved }
    }

    private static var moved: LarderError {
        LarderError(.unavailable, "The namespace was renamed or removed meanwhile; try again.")
    }

    /// Gives an ID to those of a site's stores that have none.
    /// - Parameter ids: as many as names, to be taken.
    /// - Returns: the namespaces of those that there are.
    package func nameSpaces(_ stores: [StoreName], in site: SiteID, _ ids: [NamespaceID]) throws -> [StoreNamespace] {
        var found: [StoreNamespace] = []
        for (name, id) in zip(stores, ids) {
            guard let number = try knownStoreID(site, name) else { continue }
            let store = StoreHandle(id: number, site: site, name: name)
            let known = try db.one("SELECT namespace FROM stores WHERE id = ?1") {
                $0.set(1, number)
            } _: {
                NamespaceID(bytes: $0.rawBytes(0))
            }
            if let known = known.flatMap({ $0 }) {
                found.append(StoreNamespace(id: known, store: store))
            } else {
                found.append(try give(id, to: store))
            }
        }
        return found
    }

    /// Makes a store that is a namespace.
    /// - Returns: nil when there is a store of that name.
    package func makeNamespace(_ name: StoreName, in site: SiteID, _ id: NamespaceID) throws -> StoreNamespace? {
        guard try makeStore(name, in: site) else { return nil }
        return try give(id, to: StoreHandle(id: try storeID(site, name), site: site, name: name))
    }

    private func give(_ id: NamespaceID, to store: StoreHandle) throws -> StoreNamespace {
        try db.run("UPDATE stores SET namespace = ?2 WHERE id = ?1") {
            $0.set(1, store.id)
            $0.set(2, id.bytes)
        }
        state.namespaces[id] = .some(store)
        return StoreNamespace(id: id, store: store)
    }

    /// Gives a namespace's store another name; its entries stay.
    /// - Returns: nil when there is a store of that name.
    /// - Throws: `LarderError` `.unavailable` when it was renamed or removed meanwhile; `.conflict` when something else
    ///   goes by its name or would go by the new one.
    package func rename(_ namespace: StoreNamespace, to name: StoreName) throws -> StoreNamespace? {
        try runAlone()
        let old = namespace.store
        try checkStore(old)
        guard name != old.name else { return namespace }
        try checkNobodyKeeps(old.name)
        try checkNobodyKeeps(name)
        guard try knownStoreID(old.site, name) == nil else { return nil }
        try clear(name, in: old.site)
        let new = StoreHandle(id: old.id, site: old.site, name: name)
        try move(old, to: new)
        state.storeIDs[StoreKey(site: new.site, store: new.name)] = new.id
        state.namespaces[namespace.id] = .some(new)
        return StoreNamespace(id: namespace.id, store: new)
    }

    /// Frees a name of which a store was removed: its row goes by its number from then on.
    private func clear(_ name: StoreName, in site: SiteID) throws {
        let left = try db.one("SELECT id FROM stores WHERE site = ?1 AND name = ?2 AND created_at = 0") {
            $0.set(1, site.text)
            $0.set(2, name.bytes)
        } _: {
            $0.int64(0)
        }
        guard let left else { return }
        let number = try Self.removedName(left)
        try db.run("UPDATE stores SET site = ?2, name = ?3 WHERE id = ?1") {
            $0.set(1, left)
            $0.set(2, SiteID.removed.text)
            $0.set(3, number.bytes)
        }
    }

    /// Takes a namespace's store away: its name is free and its ID means nothing at once. Its entries go later, by
    /// ``deletePrefix(_:of:in:limit:keepsVersions:)`` in the site ``SiteID/removed``.
    /// - Throws: as ``rename(_:to:)``.
    package func remove(_ namespace: StoreNamespace) throws {
        try runAlone()
        let old = namespace.store
        try checkStore(old)
        try checkNobodyKeeps(old.name)
        try move(old, to: StoreHandle(id: old.id, site: .removed, name: try Self.removedName(old.id)))
        try db.run("UPDATE stores SET namespace = NULL WHERE id = ?1") { $0.set(1, old.id) }
        state.namespaces[namespace.id] = .some(nil)
    }

    /// The name of a store in the site ``SiteID/removed``.
    package static func removedName(_ number: Int64) throws(LarderError) -> StoreName { try StoreName("\(number)") }

    private func checkNobodyKeeps(_ store: StoreName) throws {
        guard watchers.contains(where: { $0.keepsStore(store) }) else { return }
        throw LarderError(
            .conflict, "A learning memory goes by the name '\(store)': such a store is neither renamed nor removed.")
    }

    private func move(_ old: StoreHandle, to new: StoreHandle) throws {
        try db.run("UPDATE stores SET site = ?2, name = ?3 WHERE id = ?1") {
            $0.set(1, old.id)
            $0.set(2, new.site.text)
            $0.set(3, new.name.bytes)
        }
        let key = StoreKey(site: old.site, store: old.name)
        state.storeIDs[key] = nil
        state.movedStores.insert(key)
        // What this transaction wrote under the old name is not there any more.
        for name in state.changed.keys where name.store == old.name && name.site == old.site {
            state.changed[name] = .some(nil)
        }
    }

    /// Removes versions of a store whose entries are gone, at most `limit`; behind them what is kept of its first log,
    /// at most `limit` of the events; behind the last log, the store's days.
    /// - Returns: whether there may be more.
    package func removeRemains(of store: Int64, events limit: Int) throws -> Bool {
        if try removeVersions(of: store, limit: limit) { return true }
        if try removeItems(of: store, limit: limit) { return true }
        let log = try db.one("SELECT id FROM logs WHERE store = ?1 ORDER BY id LIMIT 1") {
            $0.set(1, store)
        } _: {
            $0.int64(0)
        }
        guard let log else {
            try db.run("DELETE FROM store_days WHERE store = ?1") { $0.set(1, store) }
            return false
        }
        let last = try db.one("SELECT seq FROM log_events WHERE log = ?1 ORDER BY seq LIMIT 1 OFFSET ?2") {
            $0.set(1, log)
            $0.set(2, limit)
        } _: {
            $0.int64(0)
        }
        guard let last else {
            for table in ["log_events", "log_replies", "log_remains"] {
                try db.run("DELETE FROM \(table) WHERE log = ?1") { $0.set(1, log) }
            }
            try db.run("DELETE FROM logs WHERE id = ?1") { $0.set(1, log) }
            return true
        }
        try db.run("DELETE FROM log_events WHERE log = ?1 AND seq < ?2") {
            $0.set(1, log)
            $0.set(2, last)
        }
        return true
    }
}
