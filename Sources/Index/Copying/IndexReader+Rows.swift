extension IndexReader {
    /// All rows of a table that count, in the order of its key. Memory stays the same however many they are.
    /// - Parameter body: what it throws ends it.
    package func eachRow(of table: SchemaTable, _ body: (CopiedRow) throws -> Void) throws {
        try db.each(table.selection(behindKey: false)) { _ in
        } _: { row in
            try body(try CopiedRow(row, of: table))
            return true
        }
    }
}
