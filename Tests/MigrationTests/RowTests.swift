import IndexOnSQLite
import LarderModel
import LarderTestSupport
import PostgresTestSupport
import Testing

@testable import Index
@testable import Migration

@Suite("The rows of a migration")
struct RowTests {
    private static let rowsEach: Int64 = 40

    /// Fills an index with rows that have something in every column, and with numbers of rows that are gone.
    private func fill(_ folder: String) async throws -> (rows: [String: [CopiedRow]], numbers: IndexNumbers) {
        try await offline(sqlite(folder)) { index in
            var random = Seeded(7)
            for table in OfflineIndex.tables {
                let rows = try (1...Self.rowsEach).map { try CopiedRow.made(of: table, number: $0 * 3, &random) }
                try index.insert(rows, into: table)
            }
            // One with nothing where that may be.
            let jobs = try #require(OfflineIndex.tables.first { $0.name == "jobs" })
            var bare = try CopiedRow.made(of: jobs, number: 1_000, &random)
            for column in ["site", "ended_at", "result", "error"] { bare = bare.setting(column, of: jobs, to: .null) }
            try index.insert([bare], into: jobs)
            var numbers = try index.numbers()
            for table in ["jobs", "audit"] { numbers.rows[table] = 5_000 }
            numbers.position = 777
            try index.goOn(behind: numbers)
            try index.note(["of a later version": [1, 2, 3]])
            return (try index.everything(), try index.numbers())
        }
    }

    @Test("All tables come over to the last byte, to PostgreSQL and back, and numbers go on behind the last ones")
    func bothWays() async throws {
        try await TemporaryFolder.with { folder in
            try await FileSystemFolders.make(folder + "/a")
            let filled = try await fill(folder + "/a")
            #expect(filled.rows.values.allSatisfy { $0.count >= Int(Self.rowsEach) })
            try await withPostgres { postgres async throws in
                let there = try await migrate(
                    MigrationSource(folder: folder + "/a"),
                    MigrationTarget(index: postgres, directory: nil, objects: nil))
                #expect(!there.isResumed && there.damaged.isEmpty)
                #expect(there.rowCount == Int64(filled.rows.values.reduce(0) { $0 + $1.count }))
                let found = try await offline(postgres) {
                    (rows: try $0.everything(), numbers: try $0.numbers(), facts: try $0.facts())
                }
                #expect(found.rows == filled.rows)
                #expect(found.numbers.position >= 777)
                for table in ["jobs", "audit"] { #expect(found.numbers.rows[table] == 5_000) }
                for table in ["stores", "objects", "logs"] { #expect(found.numbers.rows[table] == Self.rowsEach * 3) }
                #expect(found.facts["of a later version"] == [1, 2, 3])
                #expect(found.facts[IndexFact.migration.rawValue] == nil)

                try await migrate(
                    MigrationSource(index: postgres, directory: nil, objects: nil),
                    MigrationTarget(folder: folder + "/b"))
                let back = try await offline(sqlite(folder + "/b")) { (try $0.everything(), try $0.numbers()) }
                #expect(back.0 == filled.rows)
                #expect(back.1.rows == filled.numbers.rows)
                #expect(back.1.position >= filled.numbers.position)
            }
        }
    }

    @Test("More rows than go into a transaction come over, and a migration that is broken off anywhere goes on")
    func goesOn() async throws {
        try await TemporaryFolder.with { folder in
            try await FileSystemFolders.make(folder + "/a")
            let filled = try await offline(sqlite(folder + "/a")) { index in
                var random = Seeded(9)
                for name in ["stores", "entries", "audit"] {
                    let table = try #require(OfflineIndex.tables.first { $0.name == name })
                    let count = name == "entries" ? Int64(MigrationCopy.batchRows) * 2 + 1 : 10
                    try index.insert(
                        try (1...count).map { try CopiedRow.made(of: table, number: $0, &random) }, into: table)
                }
                return try index.everything()
            }
            for reports in [1, 3, 4, 6] {
                try await breakOff(MigrationSource(folder: folder + "/a"), folder + "/b", after: reports)
                // It is nobody's index until it is whole.
                #expect(try await refusalToOpen(folder + "/b").contains("larder migrate"))
            }
            let result = try await migrate(
                MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b"))
            #expect(result.isResumed)
            let copied = try await offline(sqlite(folder + "/b")) { try $0.everything() }
            #expect(copied == filled)
        }
    }

    /// What who would serve it hears; empty: nothing.
    private func refusalToOpen(_ folder: String) async throws -> String {
        try await blocking {
            do {
                try EntryIndex(engine: sqlite(folder)).close()
                return ""
            } catch { return LarderError.wrapping(error).message }
        }
    }

    private func breakOff(_ source: MigrationSource, _ target: String, after reports: Int) async throws {
        let left = Countdown(reports)
        let task = Task {
            try await migrate(source, MigrationTarget(folder: target)) { _ in
                if left.isOver() { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A source that was changed meanwhile is noticed, also where the target has got ahead of it")
    func changed() async throws {
        try await TemporaryFolder.with { folder in
            try await FileSystemFolders.make(folder + "/a")
            let table = try #require(OfflineIndex.tables.first { $0.name == "tokens" })
            var random = Seeded(3)
            let rows = try (1...5).map { try CopiedRow.made(of: table, number: Int64($0), &random) }
            try await offline(sqlite(folder + "/a")) { try $0.insert(rows, into: table) }
            // The last report but one comes when all is copied.
            try await breakOff(MigrationSource(folder: folder + "/a"), folder + "/b", after: 3)
            let early = rows[0].setting("id", of: table, to: .bytes(Array("0".utf8)))
                .setting("hash", of: table, to: .bytes([9]))
            try await offline(sqlite(folder + "/a")) { try $0.insert([early], into: table) }
            let refusal = await #expect(throws: LarderError.self) {
                try await migrate(MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b"))
            }
            #expect(refusal?.message.contains("tokens") == true)
            #expect(try await refusalToOpen(folder + "/b").contains("larder migrate"))
        }
    }
}
