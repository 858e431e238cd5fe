package import LarderModel

extension IndexTransaction {
    private static let recentPutsMax = 32

    /// Appends events. Costs the same at any length of the log: the new rows, one row trimmed for each beyond the cap,
    /// two heads. A log whose time is over starts from nothing, but its sequence numbers go on.
    /// - Parameters:
    ///   - idempotencyKey: when it was seen with this log before, nothing is appended and the first answer comes again.
    ///   - conditions: of the log as it is; `If-None-Match: *` holds while it has no event.
    /// - Throws: `LarderError` `.idempotencyMismatch` when the key was seen with another body, `.preconditionFailed`.
    package func append(
        _ events: [NewLogEvent], to name: EntryName, _ bounds: LogBounds, _ shape: LogShape,
        idempotencyKey: IdempotencyKey? = nil, conditions: Preconditions = .none
    ) throws -> AppendResult {
        let log = try standingLog(name)
        let idempotencyKey = PlantedFault.strikes(.forgetIdempotency) ? nil : idempotencyKey
        if let idempotencyKey, let row = log.row, var reply = try reply(row, idempotencyKey) {
            reply.etag = log.shown?.entry.etag
            return reply
        }
        try check(conditions, log)
        let result = try extend(log, name, events, bounds, shape, metadata: nil)
        if let idempotencyKey, let id = try logRow(name)?.id { try remember(result, id, idempotencyKey, bounds) }
        return result
    }

    /// Merges a whole array that a client read, grew and wrote back.
    /// - Parameters:
    ///   - body: the fingerprint of the whole array: the same write again adds nothing.
    ///   - unread: says how many of the array's items the client had read; the rest is appended.
    ///   - metadata: nil: it stays.
    /// - Throws: `LarderError` `.preconditionFailed`.
    package func merge(
        _ items: [NewLogEvent], body: Fingerprint, into name: EntryName, _ bounds: LogBounds, _ shape: LogShape,
        metadata: Metadata?, conditions: Preconditions, readCount: (LogMemory) -> Int
    ) throws -> AppendResult {
        let log = try standingLog(name)
        try conditions.checkWrite(current: log.shown.map { ($0.entry.etag, $0.entry.modifiedAt) })
        // The same write again adds no event; its metadata counts all the same.
        if let row = log.row, Self.contains(row.recentPuts, body) {
            return try extend(log, name, [], bounds, shape, metadata: metadata)
        }
        let known = try log.row.map { try memory($0) } ?? LogMemory(fingerprints: [], keptCount: 0, forgotten: 0)
        let new = Array(items.dropFirst(readCount(known)))
        let result = try extend(log, name, new, bounds, shape, metadata: metadata)
        if result.count > 0, let row = try logRow(name) {
            let recent = Array((row.recentPuts + body.bytes).suffix(Self.recentPutsMax * 16))
            try db.run("UPDATE logs SET recent_puts = ?2 WHERE id = ?1") {
                $0.set(1, row.id)
                $0.set(2, recent)
            }
        }
        return result
    }

    /// Changes a log's metadata; makes its head where there is none.
    /// - Parameter change: makes the new metadata of what it has.
    /// - Returns: the log as an entry.
    /// - Throws: `LarderError` `.preconditionFailed`; what `change` throws.
    package func setMetadata(
        of name: EntryName, _ shape: LogShape, conditions: Preconditions, _ change: (Metadata) throws -> Metadata
    ) throws -> Entry {
        let log = try standingLog(name)
        try conditions.checkWrite(current: log.shown.map { ($0.entry.etag, $0.entry.modifiedAt) })
        let metadata = try change(log.shown?.metadata ?? .none)
        var row = try log.row ?? makeLog(name)
        if !row.isShown {
            row.isShown = true
            try save(row)
        }
        return try showEntry(row, name, shape, was: log.shown, metadata: metadata)
    }

    private static func contains(_ fingerprints: [UInt8], _ one: Fingerprint) -> Bool {
        let wanted = one.bytes
        return stride(from: 0, to: fingerprints.count, by: 16).contains {
            fingerprints[$0..<min($0 + 16, fingerprints.count)].elementsEqual(wanted)
        }
    }

    private func check(_ conditions: Preconditions, _ log: StandingLog) throws(LarderError) {
        var conditions = conditions
        // Metadata alone is no event.
        if log.row.map({ $0.head.count == 0 }) ?? true, conditions.ifNoneMatch == .any { conditions.ifNoneMatch = nil }
        try conditions.checkWrite(current: log.shown.map { ($0.entry.etag, $0.entry.modifiedAt) })
    }

    private func extend(
        _ log: StandingLog, _ name: EntryName, _ events: [NewLogEvent], _ bounds: LogBounds, _ shape: LogShape,
        metadata: Metadata?
    ) throws -> AppendResult {
        let last = log.row?.head.last ?? 0
        guard let final = events.last else {
            var etag = log.shown?.entry.etag
            if let metadata, let row = log.row, row.isShown {
                etag = try showEntry(row, name, shape, was: log.shown, metadata: metadata).etag
            }
            return AppendResult(
                first: last + 1, last: last, count: 0, state: log.row?.head.state ?? .running, etag: etag)
        }
        var row = try log.row ?? makeLog(name)
        let isFirst = row.head.count == 0
        if isFirst { row.head.first = last + 1 }
        var appended: [LogEvent] = []
        appended.reserveCapacity(events.count)
        for event in events {
            row.head.last += 1
            let position = try nextPosition()
            try insert(event, row.id, row.head.last, position)
            if let item = event.item { try note(item, row.head.last, of: name) }
            appended.append(
                LogEvent(
                    sequence: row.head.last, position: position, receivedAt: now, at: event.at, json: event.json))
            row.head.count += 1
            row.head.bytes += Int64(event.json.count)
            row.chain = shape.fold(row.chain, event.json)
            if let progress = event.signal.progress { row.head.progress = progress }
            if let message = event.signal.message { row.head.message = message }
        }
        row.head.state = final.signal.state
        row.head.updatedAt = shape.isRun ? now : final.at ?? now
        if isFirst { row.head.startedAt = shape.isRun ? now : events.first?.at ?? now }
        row.isShown = true
        try trim(&row, name, bounds, new: events.count)
        try save(row)
        let entry = try showEntry(row, name, shape, was: log.shown, metadata: metadata)
        logChanges.append(LogChange(name: name, events: appended, state: row.head.state, last: row.head.last))
        return AppendResult(
            first: last + 1, last: row.head.last, count: events.count, state: row.head.state, etag: entry.etag)
    }

    /// Keeps the newest events within the caps, counts the others, and forgets fingerprints that are too old.
    private func trim(_ row: inout LogRow, _ name: EntryName, _ bounds: LogBounds, new: Int) throws {
        guard row.head.count > bounds.maxEvents || row.head.bytes > bounds.maxBytes else { return }
        var count = row.head.count, bytes = row.head.bytes, newFirst = row.head.last + 1
        let most = new + LogBounds.trimmedMax
        try db.each(
            """
            SELECT seq, LENGTH(event) FROM log_events
            WHERE log = ?1 AND seq >= ?2 AND event IS NOT NULL ORDER BY seq LIMIT ?3
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, row.head.first)
            $0.set(3, most + 1)
        } _: { event in
            newFirst = event.int64(0)
            let isOver = count > bounds.maxEvents || bytes > bounds.maxBytes && count > 1
            guard isOver, row.head.count - count < most else { return false }
            count -= 1
            bytes -= event.int64(1)
            return true
        }
        let dropped = row.head.count - count
        try dropEvents(row.id, row.head.first..<newFirst, remembered: bounds.remembered)
        if dropped > 0 { try removeItems(row.head.first...newFirst - 1, of: name) }
        row.head.first = newFirst
        row.head.count = count
        row.head.bytes = bytes
        row.head.dropped += Int64(dropped)
        self.count(try storeID(name.site, name.store)) { $0.removed.cap += Int64(dropped) }
    }

    /// Takes the first events of a log away; of the last of them the fingerprints stay.
    private func dropEvents(_ log: Int64, _ sequences: Range<Int64>, remembered: Int) throws {
        try db.run("UPDATE log_events SET event = NULL, role = NULL WHERE log = ?1 AND seq >= ?2 AND seq < ?3") {
            $0.set(1, log)
            $0.set(2, sequences.lowerBound)
            $0.set(3, sequences.upperBound)
        }
        try db.run("DELETE FROM log_events WHERE log = ?1 AND seq < ?2") {
            $0.set(1, log)
            $0.set(2, sequences.upperBound - Int64(remembered))
        }
    }
}
