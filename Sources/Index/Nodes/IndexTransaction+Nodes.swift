package import LarderModel

extension IndexTransaction {
    /// Forgets other nodes that were not heard of since then. What they counted is added to what this one counts, so
    /// that no sum changes; so is what is counted under a number that no node has.
    package func forgetNodes(unseenSince moment: Timestamp) throws {
        try db.run("DELETE FROM nodes WHERE seen_at < ?1 AND id <> ?2") {
            $0.set(1, moment)
            $0.set(2, node)
        }
        let columns = ["entries", "bytes", "stored_bytes", "removed_cap", "removed_cleanup", "removed_expired"]
        let others = "node <> ?1 AND node NOT IN (SELECT id FROM nodes)"
        try db.run(
            """
            INSERT INTO store_counts AS c (store, node, \(columns.joined(separator: ", ")))
            SELECT store, CAST(?1 AS BIGINT), \(columns.map { "CAST(SUM(\($0)) AS BIGINT)" }.joined(separator: ", "))
            FROM store_counts WHERE \(others) GROUP BY store
            ON CONFLICT (store, node) DO UPDATE
            SET \(columns.map { "\($0) = c.\($0) + excluded.\($0)" }.joined(separator: ", "))
            """
        ) { $0.set(1, node) }
        try db.run("DELETE FROM store_counts WHERE \(others)") { $0.set(1, node) }
    }
}

extension IndexReader {
    /// Whether there are other nodes than this one that were not heard of since then.
    package func hasNodes(unseenSince moment: Timestamp, beside node: Int64) throws -> Bool {
        try db.one("SELECT id FROM nodes WHERE seen_at < ?1 AND id <> ?2 LIMIT 1") {
            $0.set(1, moment)
            $0.set(2, node)
        } _: {
            $0.int64(0)
        } != nil
    }
}
