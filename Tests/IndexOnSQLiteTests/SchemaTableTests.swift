import IndexOnSQLite
import Testing

@testable import Index

@Suite("The list of the schema's tables")
struct SchemaTableTests {
    private struct Described: Hashable {
        let table: String
        let column: String
        /// Of the column; empty: not looked at.
        let type: String
        /// From 1; 0: no part of the primary key.
        let keyPart: Int
    }

    /// As the migrations leave them.
    private func made() async throws -> Set<Described> {
        try await withIndexPath { path in
            let database = try SQLiteEngine(path: path).open(Schema.migrations)
            defer { database.close() }
            return try database.read { session in
                var found: Set<Described> = []
                try session.each(
                    """
                    SELECT m.name, c.name, c.type, c.pk FROM sqlite_master AS m, pragma_table_info(m.name) AS c
                    WHERE m.type = 'table' AND m.name NOT IN ('sqlite_sequence', 'grdb_migrations')
                    """
                ) { _ in
                } _: { row in
                    let table = row.string(0), column = row.string(1)
                    // The part of the key of a table that is made anew is of no interest.
                    let isOwn = Schema.ownTables[table] != nil
                    found.insert(
                        Described(
                            table: table, column: column, type: isOwn ? "" : row.string(2),
                            keyPart: isOwn ? 0 : row.int(3)))
                    return true
                }
                return found
            }
        }
    }

    /// As the list has them.
    private func listed() -> Set<Described> {
        let types: [SchemaTable.Kind: String] = [.integer: "INTEGER", .real: "REAL", .text: "TEXT", .bytes: "BLOB"]
        let own = Schema.ownTables.flatMap { table, columns in
            columns.map { Described(table: table, column: $0, type: "", keyPart: 0) }
        }
        let copied = Schema.tables.flatMap { table in
            table.columns.enumerated().map { index, column in
                Described(
                    table: table.name, column: column.name, type: types[column.kind] ?? "",
                    keyPart: (table.key.firstIndex(of: index) ?? -1) + 1)
            }
        }
        return Set(own + copied)
    }

    @Test("has each table, column, type and key that the migrations make: else a copy would lack it")
    func complete() async throws {
        let made = try await made(), listed = listed()
        #expect(made.subtracting(listed).isEmpty, "not in the list")
        #expect(listed.subtracting(made).isEmpty, "only in the list")
        #expect(Set(Schema.tables.map(\.name)).count == Schema.tables.count)
    }
}
