package import LarderModel

extension IndexTransaction {
    /// Removes an entry, and its versions with it, if it is still as old as it has to be: one that was written since it
    /// was found stays.
    /// - Parameters:
    ///   - cause: which of its times counts, and which counter of the store it adds to.
    ///   - cutoff: that time must be this or before.
    /// - Returns: bytes of its content; nil when it stays.
    package func removeAged(_ key: EntryKey, of store: StoreHandle, _ cause: RemovalCause, by cutoff: Timestamp) throws
        -> Int64?
    {
        // A store that was renamed or removed since waits for the next cleanup: its entries have other names now.
        guard try knownStoreID(store.site, store.name) == store.id else { return nil }
        guard let row = try row(store.id, key) else { return nil }
        switch cause {
        case .age: guard row.modifiedAt <= cutoff else { return nil }
        case .ttl: guard let expiresAt = row.expiresAt, expiresAt <= cutoff else { return nil }
        }
        while try removeVersions(of: store.id, key: key, limit: KeptVersions.countMax) {}
        try remove(store.id, EntryName(site: store.site, store: store.name, key: key), row)
        count(store.id) { if cause == .ttl { $0.removed.expired += 1 } else { $0.removed.cleanup += 1 } }
        return row.size
    }
}
