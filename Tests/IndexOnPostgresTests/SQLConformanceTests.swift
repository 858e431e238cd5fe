import Index
import IndexOnPostgres
import PostgresTestSupport
import SQLConformance
import Testing

@Suite("PostgreSQL as an engine of the index")
struct SQLConformanceTests {
    @Test("does what every engine must", arguments: SQLConformance.rules)
    func conforms(_ rule: SQLConformance.Rule) async throws {
        try await withPlace { place in try rule.check(try PostgresEngine(url: place, acceptsUnsafe: true)) }
    }
}
