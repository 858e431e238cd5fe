extension Schema {
    /// What a store holds is counted in a row of its own for each node that writes: no two of them wait for each other.
    static func storeCounts(_ t: SQLDialect) -> String {
        let columns = ["entries", "bytes", "stored_bytes", "removed_cap", "removed_cleanup", "removed_expired"]
        return """
            CREATE TABLE store_counts (
                store \(t.integer) NOT NULL,
                -- The number of the node that counts here. It may be negative what it holds: others have written what
                -- it removed.
                node \(t.integer) NOT NULL,
                \(columns.map { "\($0) \(t.integer) NOT NULL," }.joined(separator: "\n    "))
                PRIMARY KEY (store, node)
            )\(t.inKeyOrder);
            INSERT INTO store_counts (store, node, \(columns.joined(separator: ", ")))
                SELECT id, 0, \(columns.joined(separator: ", ")) FROM stores;
            \(columns.map { "ALTER TABLE stores DROP COLUMN \($0);" }.joined(separator: "\n"))
            """
    }
}
