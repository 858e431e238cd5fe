import LarderModel

extension IndexTransaction {
    /// Days of growth that are remembered.
    package static let growthDaysMax: Int64 = 400

    /// Writes down what each store holds as the state of today, over an earlier one of today. One statement; 10,000
    /// stores take some ten milliseconds of the writer.
    package func recordGrowth() throws {
        let today = now.day
        try db.run(
            """
            INSERT INTO store_days (store, day, entries, bytes, stored_bytes)
            SELECT s.id, CAST(?1 AS BIGINT), CAST(COALESCE(SUM(c.entries), 0) AS BIGINT),
                CAST(COALESCE(SUM(c.bytes), 0) AS BIGINT), CAST(COALESCE(SUM(c.stored_bytes), 0) AS BIGINT)
            FROM stores AS s LEFT JOIN store_counts AS c ON c.store = s.id
            WHERE s.site <> '' AND s.created_at > 0 GROUP BY s.id
            ON CONFLICT (store, day) DO UPDATE SET entries = excluded.entries, bytes = excluded.bytes,
                stored_bytes = excluded.stored_bytes
            """
        ) { $0.set(1, today) }
        try db.run("DELETE FROM store_days WHERE day <= ?1") { $0.set(1, today - Self.growthDaysMax) }
    }
}
