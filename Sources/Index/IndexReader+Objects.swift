import GRDB
import LarderModel

extension IndexReader {
    /// Whether there is an object that is kept in a file of this form.
    package func hasFile(_ digest: Digest, _ encoding: Encoding) throws -> Bool {
        try db.one("SELECT 1 FROM objects WHERE digest = ?1 AND encoding = ?2 AND data IS NULL") {
            $0.set(1, digest)
            $0.set(2, encoding.rawValue)
        } _: { _ in
            true
        } ?? false
    }

    /// How many objects have been without a reference since `cutoff` or before.
    package func countUnreferenced(since cutoff: Timestamp) throws -> Int64 {
        try db.one("SELECT COUNT(*) FROM objects WHERE refs = 0 AND unreferenced_at <= ?1") {
            $0.set(1, cutoff)
        } _: {
            $0.int64(0)
        } ?? 0
    }

    /// How many objects there are, their bytes as kept, and the highest number of one.
    package func objectTotals() throws -> (count: Int64, storedBytes: Int64, lastID: Int64) {
        try db.one("SELECT COUNT(*), COALESCE(SUM(stored_size), 0), COALESCE(MAX(id), 0) FROM objects") { _ in
        } _: {
            ($0.int64(0), $0.int64(1), $0.int64(2))
        } ?? (0, 0, 0)
    }

    /// Compares the counts of up to `limit` objects behind `id` with the entries that really refer to them, at one
    /// moment. Reads every entry.
    /// - Returns: what differs; how many entries refer to objects in that range that don't exist; the last object
    ///   looked at, nil when there are no more.
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
        try db.each("SELECT object FROM entries WHERE object IS NOT NULL") { _ in
        } _: {
            let object = $0.int64(0)
            guard object > id, isLast || object <= last else { return true }
            if left[object] == nil { dangling += 1 } else { left[object, default: 0] -= 1 }
            return true
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

    /// Names of the files that objects of one of the 256 folders should have.
    package func files(inShard shard: Int) throws -> [(Digest, Encoding)] {
        var files: [(Digest, Encoding)] = []
        try db.each("SELECT digest, encoding FROM objects WHERE data IS NULL AND digest >= ?1 AND digest < ?2") {
            $0.set(1, [UInt8(shard)])
            $0.set(2, shard == 255 ? Array(repeating: 255, count: Digest.byteCount + 1) : [UInt8(shard + 1)])
        } _: {
            files.append((try $0.digest(0), try $0.encoding(1)))
            return true
        }
        return files
    }

    /// Objects behind `id` up to `last`, until they have `bytes` as kept or are `limit`.
    package func objects(after id: Int64, upTo last: Int64, limit: Int, bytes: Int64) throws -> [KeptObject] {
        var objects: [KeptObject] = []
        var total: Int64 = 0
        try db.each(
            "SELECT id, digest, encoding, size, stored_size, data FROM objects WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3"
        ) {
            $0.set(1, id)
            $0.set(2, last)
            $0.set(3, limit)
        } _: {
            let object = KeptObject(
                id: $0.int64(0), digest: try $0.digest(1), encoding: try $0.encoding(2), size: $0.int64(3),
                storedSize: $0.int64(4),
                content: $0.isNull(5) ? nil : $0.bytes(5))
            objects.append(object)
            total += object.storedSize
            return total < bytes
        }
        return objects
    }

    /// One object as it is now; nil when it is gone.
    package func object(_ id: Int64) throws -> KeptObject? {
        try objects(after: id - 1, upTo: id, limit: 1, bytes: 0).first
    }

    /// Entries that refer to any of these objects, at most `limit`. Reads every entry.
    package func names(ofObjects wanted: Set<Int64>, limit: Int) throws -> [(object: Int64, name: EntryName)] {
        let stores = Dictionary(try storeHandles().map { ($0.id, $0) }) { $1 }
        var found: [(object: Int64, name: EntryName)] = []
        try db.each("SELECT object, store, key FROM entries WHERE object IS NOT NULL") { _ in
        } _: {
            let object = $0.int64(0)
            guard wanted.contains(object), let store = stores[$0.int64(1)] else { return true }
            found.append((object, EntryName(site: store.site, store: store.name, key: EntryKey(trusted: $0.bytes(2)))))
            return found.count < limit
        }
        return found
    }

    /// Free pages of the index, pages in all, and bytes a page.
    package func pages() throws -> (free: Int, total: Int, size: Int) {
        func number(_ name: String) throws -> Int {
            try db.one("PRAGMA \(name)") { _ in
            } _: {
                $0.int(0)
            } ?? 0
        }
        return (try number("freelist_count"), try number("page_count"), try number("page_size"))
    }
}
