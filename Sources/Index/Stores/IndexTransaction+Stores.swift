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
        } else {
            let made = try db.insert("INSERT INTO stores (site, name, created_at) VALUES (?1, ?2, ?3)") {
                $0.set(1, site.text)
                $0.set(2, store.bytes)
                $0.set(3, now)
            }
            guard let made else { throw IndexDamage(what: "a store that is there and is not") }
            id = made
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

    func count(_ store: Int64, _ change: (inout Counters) -> Void) {
        change(&state.counters[store, default: Counters()])
    }
}
