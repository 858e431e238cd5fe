/// The last numbers that an index has given to anything, whether that is still there or not.
package struct IndexNumbers: Sendable, Hashable {
    /// By the table.
    package var rows: [String: Int64] = [:]
    /// Of an event, or more: none has a larger one.
    package var position: Int64 = 0

    package init(rows: [String: Int64] = [:], position: Int64 = 0) {
        self.rows = rows
        self.position = position
    }
}

extension IndexReader {
    package func numbers() throws -> IndexNumbers {
        var numbers = IndexNumbers()
        for table in Schema.tables where table.isNumbered {
            numbers.rows[table.name] = try db.lastNumber(of: table.name)
        }
        numbers.position = try db.one(db.positionsSQL) { $0.int64(1) } ?? 0
        return numbers
    }
}
