import LarderModel

extension IndexTransaction {
    struct LogRow {
        var id: Int64
        var head: LogHead
        /// The first sequence number since the log was made or last emptied.
        var begin: Int64
        /// Whether an entry shows it.
        var isShown: Bool
        var chain: [UInt8]
        var recentPuts: [UInt8]
    }

    /// The entry that shows a log, and its metadata.
    typealias ShownEntry = (entry: EntryRow, metadata: Metadata)

    /// A log as it stands for a change.
    struct StandingLog {
        /// nil: there never was one.
        var row: LogRow?
        /// What stands under its name, which need not be a log; nil: nothing does.
        var shown: ShownEntry?
    }

    /// The log with what shows it. One whose time is over is emptied first.
    func standingLog(_ name: EntryName) throws -> StandingLog {
        // Of a store that was removed, logs keep their numbers.
        guard let store = try knownStoreID(name.site, name.store) else { return StandingLog(row: try logRow(name)) }
        let shown = try shownEntry(store, name.key)
        if let shown, let end = shown.entry.expiresAt, end <= now {
            try remove(store, name, shown.entry)
            count(store) { $0.removed.expired += 1 }
            return StandingLog(row: try logRow(name))
        }
        return StandingLog(row: try logRow(name), shown: shown)
    }

    static let shownEntrySQL = "SELECT \(EntryRow.columns), metadata FROM entries WHERE store = ?1 AND key = ?2"

    static func shownEntry(from row: any SQLRow) throws -> ShownEntry {
        (entry: try EntryRow(row), metadata: Metadata(trusted: row.bytes(EntryRow.columnCount)))
    }

    private func shownEntry(_ store: Int64, _ key: EntryKey) throws -> ShownEntry? {
        if let foreseen = takeForeseenEntry(store, key) { return foreseen }
        return try db.one(Self.shownEntrySQL) {
            $0.set(1, store)
            $0.set(2, key.bytes)
        } _: {
            try Self.shownEntry(from: $0)
        }
    }

    private static let logColumns = "\(IndexReader.headColumns), id, begin, shown, chain, recent_puts"
    static let logRowSQL = "SELECT \(logColumns) FROM logs WHERE store = ?1 AND key = ?2"

    static func logRow(from row: any SQLRow) throws -> LogRow {
        let next = IndexReader.headColumnCount
        return LogRow(
            id: row.int64(next), head: try IndexReader.logHead(from: row), begin: row.int64(next + 1),
            isShown: row.int(next + 2) == 1, chain: row.bytes(next + 3), recentPuts: row.bytes(next + 4))
    }

    func logRow(_ name: EntryName) throws -> LogRow? {
        if let store = state.storeIDs[StoreKey(site: name.site, store: name.store)],
            let foreseen = takeForeseenLog(store, name.key)
        {
            return foreseen
        }
        return try db.one(
            """
            SELECT \(Self.logColumns) FROM logs
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key = ?3
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
        } _: {
            try Self.logRow(from: $0)
        }
    }

    func makeLog(_ name: EntryName) throws -> LogRow {
        let store = try storeID(name.site, name.store)
        let id = try db.insert(
            """
            INSERT INTO logs (store, key, first, last, count, bytes, dropped, state, started_at, updated_at, chain,
                recent_puts)
            VALUES (?1, ?2, 1, 0, 0, 0, 0, 0, ?3, ?3, ?4, ?4)
            """
        ) {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
            $0.set(3, now)
            $0.set(4, [])
        }
        guard let id else { throw IndexDamage(what: "a log that is there and is not") }
        let head = LogHead(
            key: name.key, first: 1, last: 0, count: 0, dropped: 0, state: .running, startedAt: now, updatedAt: now,
            progress: nil, message: nil)
        return LogRow(id: id, head: head, begin: 1, isShown: false, chain: [], recentPuts: [])
    }

    /// Positions that a transaction may give, where they follow from its number.
    static let positionsMax: Int64 = 1 << 20

    func nextPosition() throws -> Int64 {
        var positions: (first: Int64, last: Int64)
        if let known = state.positions {
            positions = known
        } else {
            let first = try db.one(db.positionSQL) { $0.int64(0) } ?? 0
            positions = (first, first)
        }
        guard positions.last - positions.first < Self.positionsMax - 1 || !db.numbersTransactions else {
            throw LarderError(.entryTooLarge, "These are too many events at once; append them in several requests.")
        }
        positions.last += 1
        state.positions = positions
        return positions.last
    }

    func insert(_ event: NewLogEvent, _ log: Int64, _ sequence: Int64, _ position: Int64) throws {
        state.contentBytes += event.json.count
        try db.run(
            """
            INSERT INTO log_events (log, seq, position, received_at, fingerprint, event, happened_at, role)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        ) {
            $0.set(1, log)
            $0.set(2, sequence)
            $0.set(3, position)
            $0.set(4, now)
            $0.set(5, event.fingerprint.bytes)
            $0.set(6, event.json)
            $0.set(7, event.at)
            $0.set(8, event.role)
        }
    }

    /// Writes what changes with events, and whether an entry shows the log.
    func save(_ row: LogRow) throws {
        try db.run(
            """
            UPDATE logs SET first = ?2, last = ?3, count = ?4, bytes = ?5, dropped = ?6, state = ?7, started_at = ?8,
                updated_at = ?9, progress = ?10, message = ?11, chain = ?12, shown = ?13 WHERE id = ?1
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, row.head.first)
            $0.set(3, row.head.last)
            $0.set(4, row.head.count)
            $0.set(5, row.head.bytes)
            $0.set(6, row.head.dropped)
            $0.set(7, row.head.state.stored)
            $0.set(8, row.head.startedAt)
            $0.set(9, row.head.updatedAt)
            $0.set(10, row.head.progress)
            $0.set(11, row.head.message)
            $0.set(12, row.chain)
            $0.set(13, row.isShown ? 1 : 0)
        }
    }

    /// What a whole-array write is compared with: the newest ``LogBounds/comparedMax`` fingerprints.
    func memory(_ row: LogRow) throws -> LogMemory {
        var fingerprints: [Fingerprint] = []
        var holes: Set<Int> = []
        var earliest = row.head.last + 1
        try db.each(
            """
            SELECT seq, fingerprint, CASE WHEN event IS NULL THEN 1 ELSE 0 END FROM log_events
            WHERE log = ?1 AND seq >= ?2 ORDER BY seq
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, max(row.begin, row.head.last - Int64(LogBounds.comparedMax) + 1))
        } _: {
            guard let fingerprint = Fingerprint($0.rawBytes(1)) else {
                throw IndexDamage(what: "a fingerprint of the wrong length")
            }
            let sequence = $0.int64(0)
            earliest = min(earliest, sequence)
            if sequence >= row.head.first, $0.int(2) == 1 { holes.insert(fingerprints.count) }
            fingerprints.append(fingerprint)
            return true
        }
        let kept = min(Int(row.head.last - row.head.first) + 1, fingerprints.count)
        return LogMemory(
            fingerprints: fingerprints, keptCount: kept, forgotten: Int(earliest - row.begin), holes: holes)
    }

    /// The log as an entry: what lists, HEAD and conditions see. Its row has to say that it is shown.
    /// - Parameters:
    ///   - was: what stands in its place.
    ///   - metadata: nil: it stays.
    func showEntry(_ row: LogRow, _ name: EntryName, _ shape: LogShape, was shown: ShownEntry?, metadata: Metadata?)
        throws -> Entry
    {
        let store = try storeID(name.site, name.store)
        let old = shown?.entry
        let kept = metadata ?? shown?.metadata ?? .none
        // Brackets, and a comma between any two.
        let size = row.head.bytes + Int64(max(row.head.count - 1, 0)) + 2
        guard
            let digest = Digest(
                row.chain.count == Digest.byteCount ? row.chain : Array(repeating: 0, count: Digest.byteCount))
        else {
            throw IndexDamage(what: "a chain of the wrong length")
        }
        let (expiresAt, ttl) = end(of: shape, was: old)
        let entry = Entry(
            key: name.key, placement: .log, size: size, storedSize: size, encoding: .identity, digest: digest,
            etag: shape.etag(row.chain, row.head.first, kept), contentType: MediaType.json, metadata: kept,
            createdAt: old?.createdAt ?? now, modifiedAt: now, expiresAt: expiresAt, ttl: ttl)
        try write(entry, store, object: nil, over: old != nil)
        try release(old?.object)
        count(store) {
            $0.entries += old == nil ? 1 : 0
            $0.bytes += size - (old?.size ?? 0)
            $0.storedBytes += size - (old?.storedSize ?? 0)
        }
        state.changed[name] = .some(CachedEntry(entry, content: nil))
        return entry
    }

    /// A write that asks for no end keeps to the one that there is.
    private func end(of shape: LogShape, was old: EntryRow?) -> (Timestamp?, ttl: Duration?) {
        guard case .never = shape.expiry else { return (expiryTime(shape.expiry), shape.ttl) }
        return (old?.ttl.map { now + $0 } ?? old?.expiresAt, old?.ttl)
    }
}
