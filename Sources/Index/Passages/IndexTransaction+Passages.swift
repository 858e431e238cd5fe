package import LarderModel

/// Items of vaults: they change in the transaction that changes their entries and events.
extension IndexTransaction {
    /// Sequence numbers of items that go at once; the rows of a longer log are left to garbage collection, and nobody
    /// finds them meanwhile.
    private static let goneAtOnce: Int64 = 2_000

    /// Notes that items of a store are indexed.
    /// - Parameter isWhole: whether all that the store holds is.
    package func makeVault(_ store: Int64, _ rule: [UInt8], isWhole: Bool) throws {
        try db.run(
            """
            INSERT INTO vaults (store, rule, is_whole) VALUES (?1, ?2, ?3)
            ON CONFLICT (store) DO UPDATE SET rule = ?2, is_whole = ?3
            """
        ) {
            $0.set(1, store)
            $0.set(2, rule)
            $0.set(3, isWhole ? 1 : 0)
        }
    }

    /// Notes an item. There is none in its place.
    /// - Parameter sequence: the event's number; 0: the item is the entry.
    package func note(_ item: NewItem, _ sequence: Int64 = 0, of name: EntryName) throws {
        let store = try storeID(name.site, name.store)
        for (number, passage) in item.passages.enumerated() {
            let position = try nextPosition()
            state.contentBytes += passage.text.count + passage.words.count
            try db.run(
                """
                INSERT INTO passages (store, key, seq, number, position, at, role, metadata, fingerprint, words, text)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                """
            ) {
                $0.set(1, store)
                $0.set(2, name.key.bytes)
                $0.set(3, sequence)
                $0.set(4, number)
                $0.set(5, position)
                $0.set(6, item.at ?? now)
                $0.set(7, item.role)
                $0.set(8, item.metadata)
                $0.set(9, passage.fingerprint.bytes)
                $0.set(10, passage.words)
                $0.set(11, passage.text)
            }
        }
        // The vector is of the whole item, which is found by its first passage then.
        guard let vector = item.vector, !item.passages.isEmpty else { return }
        state.contentBytes += vector.bytes.count
        try db.run(
            "INSERT INTO passage_vectors (store, key, seq, number, model, vector) VALUES (?1, ?2, ?3, 0, ?4, ?5)"
        ) {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
            $0.set(3, sequence)
            $0.set(4, vector.model)
            $0.set(5, vector.bytes)
        }
    }

    /// Notes what an entry, or an event, says now in the place of what it said. Vectors stay where the text does and
    /// none comes with it.
    /// - Parameters:
    ///   - item: nil: nothing of it is searched.
    ///   - sequence: the event's number; 0: the item is the entry.
    package func setItem(_ item: NewItem?, _ sequence: Int64 = 0, of name: EntryName) throws {
        let store = try storeID(name.site, name.store)
        var old: [[UInt8]] = []
        try db.each("SELECT fingerprint FROM passages WHERE store = ?1 AND key = ?2 AND seq = ?3 ORDER BY number") {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
            $0.set(3, sequence)
        } _: {
            old.append($0.bytes(0))
            return true
        }
        if let item, item.vector == nil, !old.isEmpty, item.passages.map(\.fingerprint.bytes) == old {
            return try move(item, sequence, store, name.key)
        }
        if !old.isEmpty { try removeItems(sequence...sequence, of: name) }
        if let item { try note(item, sequence, of: name) }
    }

    /// The text is the same; what is said of it may not be.
    private func move(_ item: NewItem, _ sequence: Int64, _ store: Int64, _ key: EntryKey) throws {
        for number in item.passages.indices {
            let position = try nextPosition()
            try db.run(
                """
                UPDATE passages SET position = ?5, at = ?6, metadata = ?7
                WHERE store = ?1 AND key = ?2 AND seq = ?3 AND number = ?4
                """
            ) {
                $0.set(1, store)
                $0.set(2, key.bytes)
                $0.set(3, sequence)
                $0.set(4, number)
                $0.set(5, position)
                $0.set(6, item.at ?? now)
                $0.set(7, item.metadata)
            }
        }
    }

    /// Takes items out: from this commit on nobody finds them.
    /// - Parameter sequences: of events; 0 is the entry's own item.
    func removeItems(_ sequences: ClosedRange<Int64>, of name: EntryName) throws {
        guard vaultRule(name.store) != nil, let store = try knownStoreID(name.site, name.store) else { return }
        let isLong = sequences.upperBound - sequences.lowerBound >= Self.goneAtOnce
        if !isLong {
            for table in Self.itemTables {
                try db.run("DELETE FROM \(table) WHERE store = ?1 AND key = ?2 AND seq >= ?3 AND seq <= ?4") {
                    $0.set(1, store)
                    $0.set(2, name.key.bytes)
                    $0.set(3, sequences.lowerBound)
                    $0.set(4, sequences.upperBound)
                }
            }
        }
        let position = try nextPosition()
        try db.run(
            """
            INSERT INTO passages_removed (store, position, key, first, last, removed_at, is_done)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """
        ) {
            $0.set(1, store)
            $0.set(2, position)
            $0.set(3, name.key.bytes)
            $0.set(4, sequences.lowerBound)
            $0.set(5, sequences.upperBound)
            $0.set(6, now)
            $0.set(7, isLong ? 0 : 1)
        }
    }

    private static let itemTables = ["passages", "passage_vectors"]

    /// The same for single events, in ascending order.
    func removeItems(_ sequences: [Int64], of name: EntryName) throws {
        guard vaultRule(name.store) != nil else { return }
        var rest = sequences[...]
        while let first = rest.first {
            var last = first
            rest = rest.dropFirst()
            while rest.first == last + 1 {
                last += 1
                rest = rest.dropFirst()
            }
            try removeItems(first...last, of: name)
        }
    }

    // MARK: What is left behind

    /// Removes items of a store that is none any more, or no vault, at most `limit` passages: a bounded step of a
    /// longer work.
    /// - Returns: whether there may be more.
    package func removeItems(of store: Int64, limit: Int) throws -> Bool {
        let last = try db.one("SELECT position FROM passages WHERE store = ?1 ORDER BY position LIMIT 1 OFFSET ?2") {
            $0.set(1, store)
            $0.set(2, limit)
        } _: {
            $0.int64(0)
        }
        try db.run(
            """
            DELETE FROM passage_vectors WHERE store = ?1 AND (key, seq, number) IN
                (SELECT key, seq, number FROM passages WHERE store = ?1 AND position < ?2)
            """
        ) {
            $0.set(1, store)
            $0.set(2, last ?? .max)
        }
        try db.run("DELETE FROM passages WHERE store = ?1 AND position < ?2") {
            $0.set(1, store)
            $0.set(2, last ?? .max)
        }
        if last == nil {
            for table in ["passages_removed", "vaults"] {
                try db.run("DELETE FROM \(table) WHERE store = ?1") { $0.set(1, store) }
            }
        }
        return last != nil
    }

    /// How long a removal is told to those who keep items in memory; who has looked away for longer reads all anew.
    private static let toldFor = Duration.seconds(3_600)

    /// Deletes rows that removals have left, and removals that nobody asks for any more: a bounded step of a longer
    /// work.
    /// - Returns: rows that went; 0: there is nothing left.
    package func removeItemRemains(limit: Int) throws -> Int {
        let waiting = try db.one(
            "SELECT store, position, key, first, last FROM passages_removed WHERE is_done = 0 ORDER BY position LIMIT 1"
        ) { _ in
        } _: {
            (
                store: $0.int64(0), position: $0.int64(1), key: $0.bytes(2),
                sequences: $0.int64(3)...max($0.int64(3), $0.int64(4))
            )
        }
        guard let waiting else { return try forgetRemovals(limit: limit) }
        // Rows of the same numbers that came behind it stay.
        var gone = 0
        for (table, isBefore) in zip(Self.itemTables, ["AND position < ?5", "AND 0 < ?5"]) {
            var last: Int64?
            try db.each(
                """
                SELECT seq FROM \(table) WHERE store = ?1 AND key = ?2 AND seq >= ?3 AND seq <= ?4 \(isBefore)
                ORDER BY seq LIMIT ?6
                """
            ) {
                $0.set(1, waiting.store)
                $0.set(2, waiting.key)
                $0.set(3, waiting.sequences.lowerBound)
                $0.set(4, waiting.sequences.upperBound)
                $0.set(5, waiting.position)
                $0.set(6, limit)
            } _: {
                last = $0.int64(0)
                return true
            }
            guard let last else { continue }
            gone += try db.change("DELETE FROM \(table) WHERE store = ?1 AND key = ?2 AND seq >= ?3 AND seq <= ?4") {
                $0.set(1, waiting.store)
                $0.set(2, waiting.key)
                $0.set(3, waiting.sequences.lowerBound)
                $0.set(4, last)
            }
        }
        if gone == 0 {
            try db.run("UPDATE passages_removed SET is_done = 1 WHERE store = ?1 AND position = ?2") {
                $0.set(1, waiting.store)
                $0.set(2, waiting.position)
            }
        }
        return max(gone, 1)
    }

    private func forgetRemovals(limit: Int) throws -> Int {
        var old: [(store: Int64, position: Int64)] = []
        try db.each(
            """
            SELECT store, position FROM passages_removed WHERE removed_at < ?1 AND is_done = 1
            ORDER BY removed_at LIMIT ?2
            """
        ) {
            $0.set(1, now - Self.toldFor)
            $0.set(2, limit)
        } _: {
            old.append(($0.int64(0), $0.int64(1)))
            return true
        }
        for (store, position) in old {
            try db.run("DELETE FROM passages_removed WHERE store = ?1 AND position = ?2") {
                $0.set(1, store)
                $0.set(2, position)
            }
            try db.run("UPDATE vaults SET removed_through = ?2 WHERE store = ?1 AND removed_through < ?2") {
                $0.set(1, store)
                $0.set(2, position)
            }
        }
        return old.count
    }
}
