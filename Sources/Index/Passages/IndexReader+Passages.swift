package import LarderModel

/// A passage as its row has it, valid until the closure that it is given to returns.
package struct PassageRow {
    let row: any SQLRow

    package var key: UnsafeRawBufferPointer { row.rawBytes(0) }
    /// Of the event; 0: the item is the entry.
    package var sequence: Int64 { row.int64(1) }
    package var number: Int { row.int(2) }
    package var position: Int64 { row.int64(3) }
    package var at: Timestamp { row.timestamp(4) }
    package var role: [UInt8]? { row.bytesIfAny(5) }
    package var metadata: UnsafeRawBufferPointer { row.rawBytes(6) }
    package var words: UnsafeRawBufferPointer { row.rawBytes(8) }
    /// What made the vector; nil: there is none.
    package var model: String? { row.stringIfAny(9) }
    /// f32 numbers, little-endian.
    package var vector: UnsafeRawBufferPointer { row.rawBytes(10) }

    package func fingerprint() throws -> Fingerprint {
        guard let fingerprint = Fingerprint(row.rawBytes(7)) else {
            throw IndexDamage(what: "a fingerprint of the wrong length")
        }
        return fingerprint
    }
}

/// Items of one key that were removed.
package struct RemovedItems: Sendable {
    package let key: [UInt8]
    package let sequences: ClosedRange<Int64>
    /// Those with a smaller one are meant.
    package let position: Int64
    /// Whether their rows are gone, too.
    package let isDone: Bool
}

/// A store whose items are indexed.
package struct VaultRow: Sendable, Hashable {
    package let store: Int64
    /// The rule that its items follow.
    package let rule: [UInt8]
    /// Whether all that was there before is indexed.
    package let isWhole: Bool
    /// Removals up to here are not told any more.
    package let removedThrough: Int64
}

extension IndexReader {
    /// nil: nothing of the store is indexed.
    package func vault(_ store: StoreName, in site: SiteID) throws -> VaultRow? {
        try db.one(
            """
            SELECT store, rule, is_whole, removed_through FROM vaults
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2)
            """
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
        } _: {
            VaultRow(
                store: $0.int64(0), rule: $0.bytes(1), isWhole: $0.int(2) == 1, removedThrough: $0.int64(3))
        }
    }

    /// Stores by which items are made, or were, with what their rows say; one without a row never was a vault.
    package func vaultRows() throws -> [Int64: VaultRow] {
        var rows: [Int64: VaultRow] = [:]
        try db.each("SELECT store, rule, is_whole, removed_through FROM vaults") { _ in
        } _: {
            rows[$0.int64(0)] = VaultRow(
                store: $0.int64(0), rule: $0.bytes(1), isWhole: $0.int(2) == 1, removedThrough: $0.int64(3))
            return true
        }
        return rows
    }

    /// The first entry, logs included, whose key lies behind another; nil: there is none.
    package func firstEntry(behind key: [UInt8]?, of store: StoreName, in site: SiteID) throws -> Entry? {
        let found = try db.one(
            """
            SELECT key FROM entries WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key > ?3
            ORDER BY key LIMIT 1
            """
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, key ?? [])
        } _: {
            EntryKey(trusted: $0.bytes(0))
        }
        return try found.flatMap { try entry(EntryName(site: site, store: store, key: $0)) }
    }

    /// Passages that were written behind a position, each with its vectors: one call for each, in the order of their
    /// models, and one for a passage without any.
    package func passages(of store: Int64, after position: Int64, _ read: (PassageRow) throws -> Void) throws {
        try db.each(
            """
            SELECT p.key, p.seq, p.number, p.position, p.at, p.role, p.metadata, p.fingerprint, p.words,
                v.model, v.vector
            FROM passages AS p LEFT JOIN passage_vectors AS v
                ON v.store = p.store AND v.key = p.key AND v.seq = p.seq AND v.number = p.number
            WHERE p.store = ?1 AND p.position > ?2 ORDER BY p.position, v.model
            """
        ) {
            $0.set(1, store)
            $0.set(2, position)
        } _: {
            try read(PassageRow(row: $0))
            return true
        }
    }

    /// Removals behind a position, and those before it whose rows are still there.
    package func removedItems(of store: Int64, after position: Int64) throws -> [RemovedItems] {
        var removed: [RemovedItems] = []
        try db.each(
            """
            SELECT position, key, first, last, is_done FROM passages_removed
            WHERE store = ?1 AND (position > ?2 OR is_done = 0) ORDER BY position
            """
        ) {
            $0.set(1, store)
            $0.set(2, position)
        } _: {
            removed.append(
                RemovedItems(
                    key: $0.bytes(1), sequences: $0.int64(2)...max($0.int64(2), $0.int64(3)), position: $0.int64(0),
                    isDone: $0.int(4) == 1))
            return true
        }
        return removed
    }

    /// Keys of entries and logs of a store whose time is over and that are still there.
    package func expiredKeys(of store: Int64, at now: Timestamp) throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        try db.each("SELECT key FROM entries WHERE expires_at <= ?2 AND store = ?1 ORDER BY key") {
            $0.set(1, store)
            $0.set(2, now)
        } _: {
            keys.append($0.bytes(0))
            return true
        }
        return keys
    }

    /// The text of a passage; nil: it is gone.
    package func passageText(_ store: Int64, _ key: [UInt8], _ sequence: Int64, _ number: Int) throws -> [UInt8]? {
        try db.one("SELECT text FROM passages WHERE store = ?1 AND key = ?2 AND seq = ?3 AND number = ?4") {
            $0.set(1, store)
            $0.set(2, key)
            $0.set(3, sequence)
            $0.set(4, number)
        } _: {
            $0.bytes(0)
        }
    }
}
