package import LarderModel

extension IndexTransaction {
    /// Puts off the ends of entries that were read. One that is gone or over by now, or whose end nothing puts off,
    /// stays as it is: a read makes nothing and brings nothing back.
    /// - Parameter reads: which, and when each was last read.
    package func putOff(_ reads: [EntryName: Timestamp]) throws {
        for (name, readAt) in reads {
            guard let store = try knownStoreID(name.site, name.store) else { continue }
            _ = takeForeseenEntry(store, name.key)
            let rows = try db.change(
                """
                UPDATE entries SET expires_at = ?3 + ttl
                WHERE store = ?1 AND key = ?2 AND ttl IS NOT NULL AND expires_at > ?4 AND expires_at < ?3 + ttl
                """
            ) {
                $0.set(1, store)
                $0.set(2, name.key.bytes)
                $0.set(3, readAt)
                $0.set(4, now)
            }
            // The cache reads it again.
            if rows > 0 { state.changed[name] = .some(nil) }
        }
    }
}
