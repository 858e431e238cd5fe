import LarderModel

extension IndexTransaction {
    struct LogRow {
        var id: Int64
        var head: LogHead
        var bytes: Int64
        var chain: [UInt8]
        var recentPuts: [UInt8]
    }

    func logRow(_ name: EntryName) throws -> LogRow? {
        try db.one(
            """
            SELECT key, first, last, count, dropped, state, started_at, updated_at, progress, message,
                id, bytes, chain, recent_puts
            FROM logs
            WHERE store = (SELECT id FROM stores WHERE site = ?1 AND name = ?2) AND key = ?3
            """
        ) {
            $0.set(1, name.site.text)
            $0.set(2, name.store.bytes)
            $0.set(3, name.key.bytes)
        } _: {
            LogRow(
                id: $0.int64(10), head: try IndexReader.logHead(from: $0), bytes: $0.int64(11), chain: $0.bytes(12),
                recentPuts: $0.bytes(13))
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
        return LogRow(id: id, head: head, bytes: 0, chain: [], recentPuts: [])
    }

    func nextPosition() throws -> Int64 {
        let last =
            try state.lastPosition ?? db.one("SELECT last FROM log_positions") { _ in
            } _: {
                $0.int64(0)
            } ?? 0
        state.lastPosition = last + 1
        return last + 1
    }

    func insert(_ event: NewLogEvent, _ log: Int64, _ sequence: Int64, _ position: Int64) throws {
        state.contentBytes += event.json.count
        try db.run(
            """
            INSERT INTO log_events (log, seq, position, received_at, fingerprint, event)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """
        ) {
            $0.set(1, log)
            $0.set(2, sequence)
            $0.set(3, position)
            $0.set(4, now)
            $0.set(5, event.fingerprint.bytes)
            $0.set(6, event.json)
        }
    }

    func save(_ row: LogRow) throws {
        try db.run(
            """
            UPDATE logs SET first = ?2, last = ?3, count = ?4, bytes = ?5, dropped = ?6, state = ?7, started_at = ?8,
                updated_at = ?9,
                progress = ?10, message = ?11, chain = ?12 WHERE id = ?1
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, row.head.first)
            $0.set(3, row.head.last)
            $0.set(4, row.head.count)
            $0.set(5, row.bytes)
            $0.set(6, row.head.dropped)
            $0.set(7, row.head.state.stored)
            $0.set(8, row.head.startedAt)
            $0.set(9, row.head.updatedAt)
            $0.set(10, row.head.progress)
            $0.set(11, row.head.message)
            $0.set(12, row.chain)
        }
    }

    func memory(_ row: LogRow) throws -> LogMemory {
        var fingerprints: [Fingerprint] = []
        try db.each("SELECT fingerprint FROM log_events WHERE log = ?1 ORDER BY seq") {
            $0.set(1, row.id)
        } _: {
            guard let fingerprint = Fingerprint($0.rawBytes(0)) else {
                throw IndexDamage(what: "a fingerprint of the wrong length")
            }
            fingerprints.append(fingerprint)
            return true
        }
        let trimmed = fingerprints.count - row.head.count
        return LogMemory(
            fingerprints: fingerprints, keptCount: row.head.count, forgotten: Int(row.head.dropped) - trimmed)
    }

    /// The log as an entry: what lists, HEAD and conditions see.
    func showEntry(_ row: LogRow, _ name: EntryName, _ shape: LogShape, metadata: Metadata?) throws {
        let store = try storeID(name.site, name.store)
        let shown = try db.one("SELECT \(EntryRow.columns), metadata FROM entries WHERE store = ?1 AND key = ?2") {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
        } _: {
            (entry: try EntryRow($0), metadata: metadata ?? Metadata(trusted: $0.bytes(EntryRow.columnCount)))
        }
        let old = shown?.entry
        let kept = shown?.metadata ?? metadata ?? .none
        // Brackets, and a comma between any two.
        let size = row.bytes + Int64(max(row.head.count - 1, 0)) + 2
        guard
            let digest = Digest(
                row.chain.count == Digest.byteCount ? row.chain : Array(repeating: 0, count: Digest.byteCount))
        else {
            throw IndexDamage(what: "a chain of the wrong length")
        }
        let entry = Entry(
            key: name.key, placement: .log, size: size, storedSize: size, encoding: .identity, digest: digest,
            etag: shape.etag(row.chain, row.head.first, kept), contentType: MediaType.json, metadata: kept,
            createdAt: old?.createdAt ?? row.head.startedAt, modifiedAt: now, expiresAt: nil)
        try write(entry, store, object: nil)
        try release(old?.object)
        count(store) {
            $0.entries += old == nil ? 1 : 0
            $0.bytes += size - (old?.size ?? 0)
            $0.storedBytes += size - (old?.storedSize ?? 0)
        }
        state.changed[name] = .some(CachedEntry(entry, content: nil))
    }
}
