package import LarderModel

extension IndexReader {
    /// What a store held at the end of the days from `first` to `last`, in their order. Days on which nobody looked are
    /// left out.
    package func days(of store: Int64, from first: Int64, through last: Int64) throws -> [StoreDay] {
        var days: [StoreDay] = []
        try db.each(
            """
            SELECT day, entries, bytes, stored_bytes FROM store_days
            WHERE store = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day
            """
        ) {
            $0.set(1, store)
            $0.set(2, first)
            $0.set(3, last)
        } _: {
            days.append(StoreDay(day: $0.int64(0), entries: $0.int64(1), bytes: $0.int64(2), storedBytes: $0.int64(3)))
            return true
        }
        return days
    }

    /// Bytes that some stores need not keep, because entries of them share content: of content that n entries name,
    /// each entry saves the (n-1)/n part. Reads every entry of them, so it is for few: 100,000 take about a fifth of a
    /// second.
    /// - Returns: by the store's number; stores that save nothing are left out.
    package func sharedBytes(of stores: [Int64]) throws -> [Int64: Int64] {
        var named: [(store: Int64, object: Int64, storedSize: Int64)] = []
        for store in stores {
            try db.each("SELECT object, stored_size FROM entries WHERE store = ?1 AND object IS NOT NULL") {
                $0.set(1, store)
            } _: {
                named.append((store, $0.int64(0), $0.int64(1)))
                return true
            }
        }
        let names = named.reduce(into: [Int64: Double]()) { $0[$1.object, default: 0] += 1 }
        var shared: [Int64: Double] = [:]
        for entry in named {
            guard let count = names[entry.object], count > 1 else { continue }
            shared[entry.store, default: 0] += Double(entry.storedSize) * (count - 1) / count
        }
        return shared.mapValues { Int64($0.rounded()) }
    }
}
