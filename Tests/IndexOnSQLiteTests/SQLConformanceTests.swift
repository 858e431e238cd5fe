import Index
import IndexOnSQLite
import SQLConformance
import Testing

@Suite("SQLite as an engine of the index")
struct SQLConformanceTests {
    @Test("does what every engine must", arguments: SQLConformance.rules)
    func conforms(_ rule: SQLConformance.Rule) async throws {
        try await withIndexPath { path in try rule.check(SQLiteEngine(path: path)) }
    }
}
