import Index
import IndexOnPostgres
import Testing

/// Nodes of two versions on one database, while one after the other is replaced.
@Suite("A rolling upgrade on PostgreSQL")
struct RollingUpgradeTests {
    private static let first = SQLMigration("1-first") { "CREATE TABLE things (id \($0.id), name \($0.text));" }
    /// What older nodes need not know.
    private static let optional = SQLMigration("2-optional", overlaps: true) { _ in
        "CREATE INDEX things_by_name ON things (name);"
    }
    private static let breaking = SQLMigration("2-breaking") { _ in "ALTER TABLE things DROP COLUMN name;" }

    private static let older = [first]

    /// Writes and reads with an open index.
    private func use(_ database: any SQLDatabase) throws -> Int? {
        try database.write { session in
            try session.begin()
            _ = try session.insert("INSERT INTO things (name) VALUES (?1)") { $0.set(1, "x") }
            try session.commit()
        }
        return try database.read { try $0.one("SELECT COUNT(*) FROM things") { $0.int(0) } }
    }

    @Test("A newer node begins beside an older one, which goes on and may begin again")
    func overlapping() async throws {
        try await withPlace { place in
            let engine = try PostgresEngine(url: place, acceptsUnsafe: true)
            let old = try engine.open(Self.older)
            let new = try engine.open(Self.older + [Self.optional])
            #expect(try use(old) == 1)
            #expect(try use(new) == 2)
            old.close()
            #expect(try engine.check(Self.older))
            let again = try engine.open(Self.older)
            #expect(try use(again) == 3)
            again.close()
            new.close()
        }
    }

    @Test("A migration that older nodes can't go on with waits for their end, and says so; nothing has changed then")
    func breaking() async throws {
        try await withPlace { place in
            let engine = try PostgresEngine(url: place, acceptsUnsafe: true, patience: .milliseconds(200))
            let old = try engine.open(Self.older)
            let refusal = #expect(throws: SQLFailure.self) { try engine.open(Self.older + [Self.breaking]) }
            #expect(refusal?.kind == .unfit && refusal?.description.contains("served by older nodes") == true)
            #expect(try use(old) == 1)
            old.close()
            let new = try engine.open(Self.older + [Self.breaking])
            new.close()
            let newer = #expect(throws: SQLFailure.self) { try engine.open(Self.older) }
            #expect(newer?.kind == .newer)
        }
    }

    @Test("Who needs the index alone waits for all others, and they for it")
    func alone() async throws {
        try await withPlace { place in
            let sharing = try PostgresEngine(url: place, acceptsUnsafe: true, patience: .milliseconds(200))
            let alone = try PostgresEngine(
                url: place, acceptsUnsafe: true, isAlone: true, patience: .milliseconds(200))
            let node = try sharing.open(Self.older)
            let first = #expect(throws: SQLFailure.self) { try alone.open(Self.older) }
            #expect(first?.description.contains("is served by a larder") == true)
            node.close()
            let tool = try alone.open(Self.older)
            let second = #expect(throws: SQLFailure.self) { try sharing.open(Self.older) }
            #expect(second?.description.contains("which needs it alone") == true)
            tool.close()
            try sharing.open(Self.older).close()
        }
    }
}
