package import LarderModel

extension IndexTransaction {
    private static let recentPutsMax = 32

    /// Appends events. Costs the same at any length of the log: the new rows, one row trimmed for each beyond the cap,
    /// two heads.
    /// - Parameter idempotencyKey: when it was seen with this log before, nothing is appended and the first answer
    ///   comes again.
    /// - Throws: `LarderError` `.idempotencyMismatch` when it was seen with another body.
    package func append(
        _ events: [NewLogEvent], to name: EntryName, _ bounds: LogBounds, _ shape: LogShape,
        idempotencyKey: IdempotencyKey? = nil
    ) throws -> AppendResult {
        let old = try logRow(name)
        let idempotencyKey = PlantedFault.strikes(.forgetIdempotency) ? nil : idempotencyKey
        if let idempotencyKey, let old, let reply = try reply(old, idempotencyKey) { return reply }
        let result = try extend(old, name, events, bounds, shape)
        if let idempotencyKey, let id = try logRow(name)?.id { try remember(result, id, idempotencyKey, bounds) }
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
            return AppendResult(first: last + 1, last: last, count: 0, state: old?.head.state ?? .running)
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
        return AppendResult(first: last + 1, last: row.head.last, count: events.count, state: row.head.state)
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
        try db.run(
            """
            UPDATE logs SET first = last + 1, count = 0, bytes = 0, dropped = 0, state = 0, progress = NULL,
                message = NULL, recent_puts = ?3,
                updated_at = ?2 WHERE id = ?1
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, now)
            $0.set(3, [])
        }
        logChanges.append(LogChange(name: name, events: [], state: .running, last: row.head.last))
    }
}
