package import LarderModel

extension IndexReader {
    /// The content that a snapshot is of, by the number of its object: without its bytes.
    /// - Parameter body: what it throws ends it.
    package func eachObject(in scope: SnapshotScope, _ body: (SnapshotObject) throws -> Void) throws {
        let sql = """
            SELECT id, digest, encoding, size, stored_size, CASE WHEN data IS NULL THEN 0 ELSE 1 END
            FROM objects WHERE \(scope.objects.condition) ORDER BY id
            """
        try db.each(sql) { _ in
        } _: {
            try body(
                SnapshotObject(
                    id: $0.int64(0), digest: try $0.digest(1), encoding: try $0.encoding(2), size: $0.int64(3),
                    storedSize: $0.int64(4), isInline: $0.int(5) == 1))
            return true
        }
    }

    /// Objects that are asked for together, where they lie side by side.
    private static let contentsAtOnce = 500

    /// Content that is kept in the index, in its stored form.
    /// - Parameters:
    ///   - ids: numbers of objects, ascending. One that is not kept in the index is passed over.
    ///   - body: what it throws ends it.
    package func eachContent(of ids: [Int64], _ body: (SnapshotObject, [UInt8]) throws -> Void) throws {
        var rest = ids[...]
        while let first = rest.first {
            var some = rest.prefix(Self.contentsAtOnce)
            // Far apart, each is asked for by itself: what lies between them is not wanted.
            if let last = some.last, last - first > 2 * Int64(some.count) { some = some.prefix(1) }
            guard let last = some.last else { return }
            var wanted = some
            let sql = """
                SELECT id, digest, encoding, size, stored_size, data FROM objects
                WHERE id >= ?1 AND id <= ?2 AND data IS NOT NULL ORDER BY id
                """
            try db.each(sql) {
                $0.set(1, first)
                $0.set(2, last)
            } _: { row in
                let id = row.int64(0)
                wanted = wanted.drop { $0 < id }
                guard wanted.first == id else { return true }
                let object = SnapshotObject(
                    id: id, digest: try row.digest(1), encoding: try row.encoding(2), size: row.int64(3),
                    storedSize: row.int64(4), isInline: true)
                try body(object, row.bytes(5))
                return true
            }
            rest = rest.dropFirst(some.count)
        }
    }
}

/// An object as a snapshot knows it.
package struct SnapshotObject: Sendable {
    /// The index's number of it.
    package let id: Int64
    package let digest: Digest
    package let encoding: Encoding
    /// Bytes of the plain content, and as kept.
    package let size, storedSize: Int64
    /// Whether its content is kept in the index.
    package let isInline: Bool

    package init(id: Int64, digest: Digest, encoding: Encoding, size: Int64, storedSize: Int64, isInline: Bool) {
        self.id = id
        self.digest = digest
        self.encoding = encoding
        self.size = size
        self.storedSize = storedSize
        self.isInline = isInline
    }

    /// Its row, as ``SnapshotScope/objects`` has it.
    package var row: CopiedRow {
        CopiedRow(values: [
            .integer(id), .integer(size), .integer(storedSize), .integer(Int64(encoding.rawValue)),
            .bytes(digest.bytes),
        ])
    }
}
