import GRDB
import LarderModel

/// What a commit changed in one log.
package struct LogChange: Sendable {
    package let name: EntryName
    /// New events, in order, those that the cap took at once included: followers get every event. Empty when the log
    /// was emptied.
    package let events: [LogEvent]
    /// The state after the last of them.
    package let state: RunState
    /// Last sequence number after the change.
    package let last: Int64
}

/// How a log's rule bounds it.
package struct LogBounds: Sendable {
    /// Events kept; at least 1.
    package var maxEvents: Int
    /// Fingerprints that are remembered beyond the kept events.
    package var remembered: Int { max(1_000, 2 * maxEvents) }

    package init(maxEvents: Int) { self.maxEvents = maxEvents }
}

/// What a whole-array write is compared with: fingerprints of events in a row, ending with the log's last one.
package struct LogMemory: Sendable {
    package let fingerprints: [Fingerprint]
    /// How many of them, at the end, belong to events that are kept.
    package let keptCount: Int
    /// How many events in front of them the log has had and forgotten altogether.
    package let forgotten: Int

    package init(fingerprints: [Fingerprint], keptCount: Int, forgotten: Int) {
        self.fingerprints = fingerprints
        self.keptCount = keptCount
        self.forgotten = forgotten
    }
}

extension IndexTransaction {
    private struct LogRow {
        var id: Int64
        var head: LogHead
        var bytes: Int64
        var chain: [UInt8]
        var recentPuts: [UInt8]
    }

    /// How entries of logs are shown; the content is the array of the events.
    package struct LogShape: Sendable {
        package var metadata: Metadata?
        /// Makes the hash after an event from the one before it and the event.
        package var fold: @Sendable (_ chain: [UInt8], _ event: [UInt8]) -> [UInt8]
        /// Makes the ETag from the hash, the first kept sequence number and the metadata.
        package var etag: @Sendable (_ chain: [UInt8], _ first: Int64, Metadata) -> ETag

        package init(
            metadata: Metadata?, fold: @escaping @Sendable ([UInt8], [UInt8]) -> [UInt8],
            etag: @escaping @Sendable ([UInt8], Int64, Metadata) -> ETag
        ) {
            self.metadata = metadata
            self.fold = fold
            self.etag = etag
        }
    }

    /// Idempotency keys are kept this long, and no more than ``repliesMax`` of a log.
    private static let replyLifetime = Duration.seconds(24 * 3_600)
    private static let repliesMax = 1_000
    private static let recentPutsMax = 32

    // MARK: Appending

    /// Appends events. Costs the same at any length of the log: the new rows, one row trimmed for each beyond the cap,
    /// two heads.
    /// - Parameter idempotencyKey: when it was seen with this log before, nothing is appended and the first answer
    ///   comes again.
    package func append(
        _ events: [NewLogEvent], to name: EntryName, _ bounds: LogBounds, _ shape: LogShape,
        idempotencyKey: [UInt8]? = nil
    ) throws -> AppendResult {
        let old = try logRow(name)
        #if LARDER_PLANTED_FAULTS
        let idempotencyKey = PlantedFault.forgetIdempotency.isActive ? nil : idempotencyKey
        #endif
        if let idempotencyKey, let old, let reply = try reply(old.id, idempotencyKey) { return reply }
        let result = try extend(old, name, events, bounds, shape)
        if let idempotencyKey, let id = try logRow(name)?.id { try remember(result, id, idempotencyKey) }
        return result
    }

    /// Merges a whole array that a client read, grew and wrote back.
    /// - Parameters:
    ///   - body: the fingerprint of the whole array: the same write again adds nothing.
    ///   - unread: says how many of the array's items the client had read; the rest is appended.
    /// - Throws: `LarderError` `.preconditionFailed`.
    package func merge(
        _ items: [NewLogEvent], body: Fingerprint, into name: EntryName, _ bounds: LogBounds, _ shape: LogShape,
        conditions: Preconditions,
        readCount: (LogMemory) -> Int
    ) throws -> AppendResult {
        let old = try logRow(name)
        let entry = try reader.entry(name)
        try conditions.checkWrite(current: entry.map { ($0.etag, $0.modifiedAt) })
        // The same write again adds no event; its metadata counts all the same.
        if let old, Self.contains(old.recentPuts, body) { return try extend(old, name, [], bounds, shape) }
        let known = try old.map { try memory($0) } ?? LogMemory(fingerprints: [], keptCount: 0, forgotten: 0)
        let result = try extend(old, name, Array(items.dropFirst(readCount(known))), bounds, shape)
        if result.count > 0, let row = try logRow(name) {
            let recent = Array((row.recentPuts + body.bytes).suffix(Self.recentPutsMax * 16))
            try db.run("UPDATE logs SET recent_puts = ?2 WHERE id = ?1") {
                $0.set(1, row.id)
                $0.set(2, recent)
            }
        }
        return result
    }

    private static func contains(_ fingerprints: [UInt8], _ one: Fingerprint) -> Bool {
        let wanted = one.bytes
        return stride(from: 0, to: fingerprints.count, by: 16).contains {
            fingerprints[$0..<min($0 + 16, fingerprints.count)].elementsEqual(wanted)
        }
    }

    private func extend(
        _ old: LogRow?, _ name: EntryName, _ events: [NewLogEvent], _ bounds: LogBounds, _ shape: LogShape
    ) throws -> AppendResult {
        let last = old?.head.last ?? 0
        guard let final = events.last else {
            if let metadata = shape.metadata, let old, old.head.count > 0 {
                try showEntry(old, name, shape, metadata: metadata)
            }
            return AppendResult(first: last + 1, last: last, count: 0)
        }
        var row = try old ?? makeLog(name)
        if row.head.count == 0 {
            row.head.startedAt = now
            row.head.first = last + 1
            row.head.dropped = 0
        }
        var appended: [LogEvent] = []
        appended.reserveCapacity(events.count)
        for event in events {
            row.head.last += 1
            let position = try nextPosition()
            try insert(event, row.id, row.head.last, position)
            appended.append(LogEvent(sequence: row.head.last, position: position, receivedAt: now, json: event.json))
            row.head.count += 1
            row.bytes += Int64(event.json.count)
            row.chain = shape.fold(row.chain, event.json)
            if let progress = event.signal.progress { row.head.progress = progress }
            if let message = event.signal.message { row.head.message = message }
        }
        row.head.state = final.signal.state
        row.head.updatedAt = now
        try trim(&row, name, bounds)
        try save(row)
        try showEntry(row, name, shape, metadata: shape.metadata)
        logChanges.append(LogChange(name: name, events: appended, state: row.head.state, last: row.head.last))
        return AppendResult(first: last + 1, last: row.head.last, count: events.count)
    }

    /// Keeps the newest events of the cap, counts the others, and forgets fingerprints that are too old.
    private func trim(_ row: inout LogRow, _ name: EntryName, _ bounds: LogBounds) throws {
        let excess = row.head.count - bounds.maxEvents
        guard excess > 0 else { return }
        let newFirst = row.head.first + Int64(excess)
        let freed = try db.one(
            "SELECT COALESCE(SUM(LENGTH(event)), 0) FROM log_events WHERE log = ?1 AND seq >= ?2 AND seq < ?3"
        ) {
            $0.set(1, row.id)
            $0.set(2, row.head.first)
            $0.set(3, newFirst)
        } _: {
            $0.int64(0)
        }
        try db.run("UPDATE log_events SET event = NULL WHERE log = ?1 AND seq >= ?2 AND seq < ?3") {
            $0.set(1, row.id)
            $0.set(2, row.head.first)
            $0.set(3, newFirst)
        }
        try db.run("DELETE FROM log_events WHERE log = ?1 AND seq < ?2") {
            $0.set(1, row.id)
            $0.set(2, newFirst - Int64(bounds.remembered))
        }
        row.bytes -= freed ?? 0
        row.head.first = newFirst
        row.head.count -= excess
        row.head.dropped += Int64(excess)
        count(try storeID(name.site, name.store)) { $0.removed.cap += Int64(excess) }
    }

    /// Empties a log whose entry goes. Its head stays: sequence numbers go on.
    func emptyLog(_ store: Int64, _ name: EntryName) throws {
        guard let row = try logRow(name) else { return }
        try db.run("DELETE FROM log_events WHERE log = ?1") { $0.set(1, row.id) }
        try db.run("DELETE FROM log_replies WHERE log = ?1") { $0.set(1, row.id) }
        try db.run(
            """
            UPDATE logs SET first = last + 1, count = 0, bytes = 0, dropped = 0, state = 0, progress = NULL, message = NULL, recent_puts = x'',
                updated_at = ?2 WHERE id = ?1
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, now)
        }
        logChanges.append(LogChange(name: name, events: [], state: .running, last: row.head.last))
    }

    // MARK: Rows

    private func logRow(_ name: EntryName) throws -> LogRow? {
        try db.one(
            """
            SELECT key, first, last, count, dropped, state, started_at, updated_at, progress, message, id, bytes, chain, recent_puts FROM logs
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

    private func makeLog(_ name: EntryName) throws -> LogRow {
        let store = try storeID(name.site, name.store)
        try db.run(
            """
            INSERT INTO logs (store, key, first, last, count, bytes, dropped, state, started_at, updated_at, chain, recent_puts)
            VALUES (?1, ?2, 1, 0, 0, 0, 0, 0, ?3, ?3, x'', x'')
            """
        ) {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
            $0.set(3, now)
        }
        let head = LogHead(
            key: name.key, first: 1, last: 0, count: 0, dropped: 0, state: .running, startedAt: now, updatedAt: now,
            progress: nil, message: nil)
        return LogRow(id: db.lastInsertedRowID, head: head, bytes: 0, chain: [], recentPuts: [])
    }

    private func nextPosition() throws -> Int64 {
        let last =
            try state.lastPosition ?? db.one("SELECT last FROM log_positions") { _ in
            } _: {
                $0.int64(0)
            } ?? 0
        state.lastPosition = last + 1
        return last + 1
    }

    private func insert(_ event: NewLogEvent, _ log: Int64, _ sequence: Int64, _ position: Int64) throws {
        try db.run(
            "INSERT INTO log_events (log, seq, position, received_at, fingerprint, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        ) {
            $0.set(1, log)
            $0.set(2, sequence)
            $0.set(3, position)
            $0.set(4, now)
            $0.set(5, event.fingerprint.bytes)
            $0.set(6, event.json)
        }
    }

    private func save(_ row: LogRow) throws {
        try db.run(
            """
            UPDATE logs SET first = ?2, last = ?3, count = ?4, bytes = ?5, dropped = ?6, state = ?7, started_at = ?8, updated_at = ?9,
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

    private func memory(_ row: LogRow) throws -> LogMemory {
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
    private func showEntry(_ row: LogRow, _ name: EntryName, _ shape: LogShape, metadata: Metadata?) throws {
        let store = try storeID(name.site, name.store)
        let old = try self.row(store, name.key)
        let oldMetadata = metadata == nil && old != nil ? try reader.entry(name)?.metadata : nil
        let kept = metadata ?? oldMetadata ?? .none
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

    // MARK: Idempotency

    private func reply(_ log: Int64, _ key: [UInt8]) throws -> AppendResult? {
        try db.one(
            "SELECT first, last, count FROM log_replies WHERE log = ?1 AND idempotency_key = ?2 AND created_at > ?3"
        ) {
            $0.set(1, log)
            $0.set(2, key)
            $0.set(3, now - Self.replyLifetime)
        } _: {
            AppendResult(first: $0.int64(0), last: $0.int64(1), count: $0.int(2))
        }
    }

    /// Keeps the answer, and lets go of what is older than a day or beyond the bound, a little each time.
    private func remember(_ result: AppendResult, _ log: Int64, _ key: [UInt8]) throws {
        try db.run(
            "INSERT OR REPLACE INTO log_replies (log, idempotency_key, first, last, count, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        ) {
            $0.set(1, log)
            $0.set(2, key)
            $0.set(3, result.first)
            $0.set(4, result.last)
            $0.set(5, result.count)
            $0.set(6, now)
        }
        try db.run(
            """
            DELETE FROM log_replies WHERE (log, idempotency_key) IN
                (SELECT log, idempotency_key FROM log_replies WHERE created_at < ?1 ORDER BY created_at LIMIT 4)
            """
        ) { $0.set(1, now - Self.replyLifetime) }
        // An append of nothing moves no number, but leaves an answer too.
        if result.count == 0 || result.last / 100 != (result.last - Int64(result.count)) / 100 {
            try db.run(
                """
                DELETE FROM log_replies WHERE log = ?1 AND idempotency_key NOT IN
                    (SELECT idempotency_key FROM log_replies WHERE log = ?1 ORDER BY created_at DESC, last DESC LIMIT ?2)
                """
            ) {
                $0.set(1, log)
                $0.set(2, Self.repliesMax)
            }
        }
    }
}
