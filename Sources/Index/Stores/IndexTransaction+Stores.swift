package import LarderModel

extension IndexTransaction {
    /// The store's ID; nil when nobody has written to it.
    func knownStoreID(_ site: SiteID, _ store: StoreName) throws -> Int64? {
        let key = StoreKey(site: site, store: store)
        if let id = state.storeIDs[key] { return id }
        let id = try reader.storeID(site, store)
        if let id { state.storeIDs[key] = id }
        return id
    }

    /// The store's ID; made when this is its first write.
    func storeID(_ site: SiteID, _ store: StoreName) throws -> Int64 {
        let key = StoreKey(site: site, store: store)
        if let id = state.storeIDs[key] { return id }
        let id: Int64
        if let known = try knownStoreID(site, store) {
            id = known
        } else if let back = try bringBack(site, store) {
            id = back
        } else {
            let made = try db.insert("INSERT INTO stores (site, name, created_at) VALUES (?1, ?2, ?3)") {
                $0.set(1, site.text)
                $0.set(2, store.bytes)
                $0.set(3, now)
            }
            guard let made else { throw IndexDamage(what: "a store that is there and is not") }
            id = made
            if let rule = vaultRule(store) { try makeVault(id, rule, isWhole: true) }
        }
        state.storeIDs[key] = id
        return id
    }

    /// Makes a store that holds nothing yet.
    /// - Returns: whether it is new.
    package func makeStore(_ name: StoreName, in site: SiteID) throws -> Bool {
        guard try knownStoreID(site, name) == nil else { return false }
        _ = try storeID(site, name)
        return true
    }

    /// Removes a store that holds nothing; versions of what it held, and what a day's growth says of it, go, too.
    /// - Returns: whether it holds nothing; false: it stays. nil: there is none.
    package func removeStore(_ name: StoreName, in site: SiteID) throws -> Bool? {
        // A put beside it would find the store there and leave an entry in one that is gone.
        try runAlone()
        guard let id = try knownStoreID(site, name) else { return nil }
        guard try !holdsEntries(id) else { return false }
        while try removeVersions(of: id, limit: KeptVersions.countMax) {}
        let namespace = try db.one("SELECT namespace FROM stores WHERE id = ?1 AND namespace IS NOT NULL") {
            $0.set(1, id)
        } _: {
            NamespaceID(bytes: $0.rawBytes(0))
        }
        if let namespace = namespace.flatMap({ $0 }) { state.namespaces[namespace] = .some(nil) }
        try db.run("UPDATE stores SET created_at = 0, namespace = NULL WHERE id = ?1") { $0.set(1, id) }
        try db.run("DELETE FROM store_days WHERE store = ?1") { $0.set(1, id) }
        state.storeIDs[StoreKey(site: site, store: name)] = nil
        return true
    }

    /// Whether a store has an entry, expired or not.
    func holdsEntries(_ id: Int64) throws -> Bool {
        try db.one("SELECT 1 FROM entries WHERE store = ?1 LIMIT 1") {
            $0.set(1, id)
        } _: { _ in
            true
        } ?? false
    }

    /// The number of a store that was removed and is made again.
    private func bringBack(_ site: SiteID, _ store: StoreName) throws -> Int64? {
        let isBack = try db.change(
            "UPDATE stores SET created_at = ?3 WHERE site = ?1 AND name = ?2 AND created_at = 0"
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, now)
        }
        return isBack > 0 ? try reader.storeID(site, store) : nil
    }

    func count(_ store: Int64, _ change: (inout Counters) -> Void) {
        change(&state.counters[store, default: Counters()])
    }
}
