package import LarderModel

extension IndexReader {
    /// One page of a store. Reads about as many rows as it gives, wherever it lies and however many keys a directory
    /// has.
    /// - Parameter now: entries expired by then are left out.
    package func list(_ store: StoreName, in site: SiteID, _ query: ListQuery, now: Timestamp) throws -> ListPage {
        guard let id = try storeID(site, store) else { return ListPage() }
        return try list(id, query, now: now)
    }

    /// The same of a store by its number.
    package func list(_ id: Int64, _ query: ListQuery, now: Timestamp) throws -> ListPage {
        if let text = query.contains { return try search(id, for: text, query, now) }
        guard query.order == .key else { return try listByTime(id, query, now) }
        var page = try listByKey(id, query, now)
        if query.sizes { page.sizes = try sizes(of: page.directories, in: id, now) }
        return page
    }

    private static let firstStep = 4

    private func listByKey(_ store: Int64, _ query: ListQuery, _ now: Timestamp) throws -> ListPage {
        let prefix = query.prefix
        let upper = prefix.endOfPrefix ?? EntryKey.end
        var lower = prefix
        switch query.cursor {
        case .afterKey(let key)?: lower = max(lower, key + [0])
        case .afterPrefix(let directory)?: lower = max(lower, directory.endOfPrefix ?? EntryKey.end)
        case .afterTime?:
            throw LarderError(.malformedRequest, "The cursor belongs to another order; start again without it.")
        case nil: break
        }
        var page = ListPage()
        var last: ListCursor?
        var isDone = false
        // Behind a directory there often is another: what an engine reads ahead would be for nothing.
        var step = query.directories ? Self.firstStep : query.limit + 1
        while !isDone {
            let limit = min(query.limit + 1 - page.entries.count - page.directories.count, step)
            var count = 0
            var skipped = false
            try db.each(
                """
                SELECT \(Self.entryColumns) FROM entries
                WHERE store = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4
                """
            ) {
                $0.set(1, store)
                $0.set(2, lower)
                $0.set(3, upper)
                $0.set(4, limit)
            } _: { row in
                count += 1
                let key = row.rawBytes(0)
                if let expiry = row.timestampIfAny(11), expiry <= now {
                    lower = Array(key) + [0]
                    return true
                }
                let isFull = page.entries.count + page.directories.count == query.limit
                if query.directories, let slash = key[prefix.count...].firstIndex(of: UInt8(ascii: "/")) {
                    if isFull {
                        page.next = last
                        isDone = true
                        return false
                    }
                    let directory = Array(key[...slash])
                    page.directories.append(Array(directory.dropLast()))
                    last = .afterPrefix(directory)
                    // Skip everything below it with one seek.
                    lower = directory.endOfPrefix ?? EntryKey.end
                    skipped = true
                    return false
                }
                if isFull {
                    page.next = last
                    isDone = true
                    return false
                }
                let entry = try Self.entry(from: row)
                last = .afterKey(entry.key.bytes)
                lower = entry.key.bytes + [0]
                page.entries.append(entry)
                return true
            }
            if !skipped, count < limit { isDone = true }
            step = skipped ? Self.firstStep : step * 4
        }
        return page
    }

    private func listByTime(_ store: Int64, _ query: ListQuery, _ now: Timestamp) throws -> ListPage {
        let isNewest = query.order == .newest
        var from = isNewest ? Timestamp(milliseconds: .max) : Timestamp(milliseconds: .min)
        var fromKey = isNewest ? EntryKey.end : []
        switch query.cursor {
        case .afterTime(let time, let key)?: (from, fromKey) = (time, key)
        case nil: break
        default: throw LarderError(.malformedRequest, "The cursor belongs to another order; start again without it.")
        }
        var page = ListPage()
        try db.each(
            """
            SELECT \(Self.entryColumns) FROM entries
            WHERE store = ?1 AND (modified_at, key) \(isNewest ? "<" : ">") (?2, ?3) AND key >= ?4 AND key < ?5
                AND (expires_at IS NULL OR expires_at > ?6)
            ORDER BY modified_at \(isNewest ? "DESC" : "ASC"), key \(isNewest ? "DESC" : "ASC") LIMIT ?7
            """
        ) {
            $0.set(1, store)
            $0.set(2, from)
            $0.set(3, fromKey)
            $0.set(4, query.prefix)
            $0.set(5, query.prefix.endOfPrefix ?? EntryKey.end)
            $0.set(6, now)
            $0.set(7, query.limit + 1)
        } _: { row in
            if page.entries.count == query.limit {
                if let last = page.entries.last { page.next = .afterTime(last.modifiedAt, key: last.key.bytes) }
                return false
            }
            page.entries.append(try Self.entry(from: row))
            return true
        }
        return page
    }
}

func max(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] { a.lexicographicallyPrecedes(b) ? b : a }
