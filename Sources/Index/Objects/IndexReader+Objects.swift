package import LarderModel

extension IndexReader {
    /// The stored form of small content; nil when the object is not kept in the index.
    package func inlineContent(_ digest: Digest) throws -> [UInt8]? {
        try db.one(Self.inlineContentSQL) {
            $0.set(1, digest)
        } _: {
            $0.bytes(0)
        }
    }

    static let inlineContentSQL = "SELECT data FROM objects WHERE digest = ?1 AND data IS NOT NULL"

    /// How an object is kept, nil when there is no such object.
    package func encoding(of digest: Digest) throws -> Encoding? {
        try db.one("SELECT encoding FROM objects WHERE digest = ?1") {
            $0.set(1, digest)
        } _: {
            try $0.encoding(0)
        }
    }

    /// Whether there is a living object that is kept in a file of this form.
    /// - Parameter place: where in its backend; empty: where digest and form say.
    package func hasFile(_ digest: Digest, _ encoding: Encoding, place: [UInt8] = []) throws -> Bool {
        let found = try db.one(
            "SELECT place FROM objects WHERE digest = ?1 AND encoding = ?2 AND data IS NULL AND state = ?3"
        ) {
            $0.set(1, digest)
            $0.set(2, encoding.rawValue)
            $0.set(3, ObjectState.living.rawValue)
        } _: {
            $0.bytes(0)
        }
        return found == place
    }

    /// Where in its backend an object outside of the index lies, empty: where digest and form say; nil when there is
    /// no such object.
    package func place(of digest: Digest) throws -> [UInt8]? {
        try db.one("SELECT place FROM objects WHERE digest = ?1 AND data IS NULL") {
            $0.set(1, digest)
        } _: {
            $0.bytes(0)
        }
    }

    /// How many objects there are, their bytes as kept, and the highest number of one.
    package func objectTotals() throws -> (count: Int64, storedBytes: Int64, lastID: Int64) {
        try db.one(
            "SELECT COUNT(*), CAST(COALESCE(SUM(stored_size), 0) AS BIGINT), COALESCE(MAX(id), 0) FROM objects"
        ) { _ in
        } _: {
            ($0.int64(0), $0.int64(1), $0.int64(2))
        } ?? (0, 0, 0)
    }

    /// Names of the files that objects of one of the 256 folders have, and their places in the backend, those being
    /// removed among them.
    package func files(inShard shard: Int) throws -> [(Digest, Encoding, place: [UInt8])] {
        var files: [(Digest, Encoding, place: [UInt8])] = []
        try db.each("SELECT digest, encoding, place FROM objects WHERE data IS NULL AND digest >= ?1 AND digest < ?2") {
            $0.set(1, [UInt8(shard)])
            $0.set(2, shard == 255 ? Array(repeating: 255, count: Digest.byteCount + 1) : [UInt8(shard + 1)])
        } _: {
            files.append((try $0.digest(0), try $0.encoding(1), $0.bytes(2)))
            return true
        }
        return files
    }

    /// Objects behind `id` up to `last`, until they have `bytes` as kept or are `limit`. Without those that are being
    /// removed: their files may be gone.
    package func objects(after id: Int64, upTo last: Int64, limit: Int, bytes: Int64) throws -> [KeptObject] {
        var objects: [KeptObject] = []
        var total: Int64 = 0
        try db.each(
            """
            SELECT id, digest, encoding, size, stored_size, data, place FROM objects
            WHERE id > ?1 AND id <= ?2 AND (data IS NOT NULL OR state = ?4) ORDER BY id LIMIT ?3
            """
        ) {
            $0.set(1, id)
            $0.set(2, last)
            $0.set(3, limit)
            $0.set(4, ObjectState.living.rawValue)
        } _: {
            let object = KeptObject(
                id: $0.int64(0), digest: try $0.digest(1), encoding: try $0.encoding(2), size: $0.int64(3),
                storedSize: $0.int64(4),
                content: $0.bytesIfAny(5), place: $0.bytes(6))
            objects.append(object)
            total += object.storedSize
            return total < bytes
        }
        return objects
    }

    /// The content with this digest as it is kept now; nil when there is none.
    package func object(of digest: Digest) throws -> KeptObject? {
        try db.one(
            """
            SELECT id, digest, encoding, size, stored_size, data, place FROM objects
            WHERE digest = ?1 AND (data IS NOT NULL OR state = ?2)
            """
        ) {
            $0.set(1, digest)
            $0.set(2, ObjectState.living.rawValue)
        } _: {
            KeptObject(
                id: $0.int64(0), digest: try $0.digest(1), encoding: try $0.encoding(2), size: $0.int64(3),
                storedSize: $0.int64(4), content: $0.bytesIfAny(5), place: $0.bytes(6))
        }
    }

    /// One object as it is now; nil when it is gone.
    package func object(_ id: Int64) throws -> KeptObject? {
        try objects(after: id - 1, upTo: id, limit: 1, bytes: 0).first
    }
}
