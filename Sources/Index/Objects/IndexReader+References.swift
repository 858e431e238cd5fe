package import LarderModel

extension IndexReader {
    /// How many objects have been without a reference since `cutoff` or before.
    package func countUnreferenced(since cutoff: Timestamp) throws -> Int64 {
        try db.one("SELECT COUNT(*) FROM objects WHERE refs = 0 AND unreferenced_at <= ?1") {
            $0.set(1, cutoff)
        } _: {
            $0.int64(0)
        } ?? 0
    }

    /// Compares the counts of up to `limit` objects behind `id` with the entries and versions that really refer to
    /// them, at one moment. Reads every entry and version.
    /// - Returns: what differs; how many entries and versions refer to objects in that range that don't exist; the last
    ///   object looked at, nil when there are no more.
    package func compareReferences(after id: Int64, limit: Int) throws -> (
        differences: [ReferenceDifference], dangling: Int, last: Int64?
    ) {
        var left: [Int64: Int64] = [:]
        var last = id
        try db.each("SELECT id, refs FROM objects WHERE id > ?1 ORDER BY id LIMIT ?2") {
            $0.set(1, id)
            $0.set(2, limit)
        } _: {
            last = $0.int64(0)
            left[last] = $0.int64(1)
            return true
        }
        let isLast = left.count < limit
        var dangling = 0
        for table in ["entries", "entry_versions"] {
            try db.each("SELECT object FROM \(table) WHERE object IS NOT NULL") { _ in
            } _: {
                let object = $0.int64(0)
                guard object > id, isLast || object <= last else { return true }
                if left[object] == nil { dangling += 1 } else { left[object, default: 0] -= 1 }
                return true
            }
        }
        let differences = try left.filter { $0.value != 0 }.compactMap { object, missing in
            try db.one("SELECT digest, refs FROM objects WHERE id = ?1") {
                $0.set(1, object)
            } _: {
                ReferenceDifference(
                    object: object, digest: try $0.digest(0), counted: $0.int64(1), real: $0.int64(1) - missing)
            }
        }
        return (differences, dangling, isLast ? nil : last)
    }

    /// Entries that refer to any of these objects, or have versions that do, at most `limit`. Reads all of them.
    package func names(ofObjects wanted: Set<Int64>, limit: Int) throws -> [(object: Int64, name: EntryName)] {
        let stores = Dictionary(try storeHandles().map { ($0.id, $0) }) { $1 }
        var found: [(object: Int64, name: EntryName)] = []
        for table in ["entries", "entry_versions"] where found.count < limit {
            try db.each("SELECT object, store, key FROM \(table) WHERE object IS NOT NULL") { _ in
            } _: {
                let object = $0.int64(0)
                guard wanted.contains(object), let store = stores[$0.int64(1)] else { return true }
                let name = EntryName(site: store.site, store: store.name, key: EntryKey(trusted: $0.bytes(2)))
                // An entry and versions of it may have the same content.
                if !found.contains(where: { $0.object == object && $0.name == name }) { found.append((object, name)) }
                return found.count < limit
            }
        }
        return found
    }
}
