import LarderModel

extension IndexReader {
    /// Keys that one page of a search looks at: it ends there with a cursor, however little it has found.
    package static let searchedMax = 10_000

    /// One page of the entries with a text in their keys, by key. It may be empty and yet have a next one.
    func search(_ store: Int64, for text: SearchText, _ query: ListQuery, _ now: Timestamp) throws -> ListPage {
        var lower = query.prefix
        switch query.cursor {
        case .afterKey(let key)?: lower = max(lower, key + [0])
        case nil: break
        default: throw LarderError(.malformedRequest, "The cursor belongs to another list; start again without it.")
        }
        var page = ListPage()
        var last: [UInt8] = []
        var seen = 0
        try db.each(
            "SELECT \(Self.entryColumns) FROM entries WHERE store = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4"
        ) {
            $0.set(1, store)
            $0.set(2, lower)
            $0.set(3, query.prefix.endOfPrefix ?? EntryKey.end)
            $0.set(4, Self.searchedMax + 1)
        } _: { row in
            let isFound =
                text.occurs(in: row.rawBytes(0)) && !(row.timestampIfAny(11).map { $0 <= now } ?? false)
            if seen == Self.searchedMax || isFound && page.entries.count == query.limit {
                page.next = .afterKey(last)
                return false
            }
            seen += 1
            last = row.bytes(0)
            if isFound { page.entries.append(try Self.entry(from: row)) }
            return true
        }
        return page
    }

    /// Entries that the directories of one page are counted with, all together.
    package static let countedMax: Int64 = 100_000

    /// What lies below each directory.
    func sizes(of directories: [[UInt8]], in store: Int64, _ now: Timestamp) throws -> [DirectorySize?] {
        var left = Self.countedMax
        return try directories.map { directory in
            guard left > 0 else { return nil }
            let prefix = directory + [UInt8(ascii: "/")]
            let isLiving = "expires_at IS NULL OR expires_at > ?4"
            let found = try db.one(
                """
                SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN \(isLiving) THEN 1 ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN \(isLiving) THEN size ELSE 0 END), 0) AS BIGINT)
                FROM (SELECT size, expires_at FROM entries WHERE store = ?1 AND key >= ?2 AND key < ?3
                    ORDER BY key LIMIT ?5) AS below
                """
            ) {
                $0.set(1, store)
                $0.set(2, prefix)
                $0.set(3, prefix.endOfPrefix ?? EntryKey.end)
                $0.set(4, now)
                $0.set(5, left + 1)
            } _: {
                (read: $0.int64(0), entries: $0.int64(1), bytes: $0.int64(2))
            }
            guard let found else { return nil }
            let isPartial = found.read > left
            left -= found.read
            return DirectorySize(entries: found.entries, bytes: found.bytes, isPartial: isPartial)
        }
    }
}
