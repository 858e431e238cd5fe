import Index
import Testing

/// How tables come to be.
extension SQLConformance {
    private static let second = SQLMigration("2-more") { t in
        """
        -- A remark; with a semicolon.
        CREATE TABLE more (n \(t.integer) NOT NULL);
        INSERT INTO more (n) VALUES (1);
        ALTER TABLE things ADD COLUMN extra \(t.text);
        """
    }
    /// Fails in its second statement.
    private static let failing = SQLMigration("2-more") { t in
        """
        CREATE TABLE more (n \(t.integer) NOT NULL);
        CREATE TABLE things (n \(t.integer));
        """
    }

    static let migrations: [Rule] = [
        Rule("Migrations are applied once, in their order, and new ones to what is there") { engine in
            #expect(try !engine.check([table]))
            let first = try engine.open([table])
            try first.change { try $0.add("a") }
            first.close()
            for _ in 0..<2 {
                #expect(try engine.check([table, second]))
                let database = try engine.open([table, second])
                defer { database.close() }
                try database.read { session throws in
                    #expect(try session.count("more") == 1)
                    #expect(try session.one("SELECT extra FROM things") { $0.isNull(0) } == true)
                }
            }
        },
        Rule("A migration that fails leaves the version before it, whole") { engine in
            let first = try engine.open([table])
            try first.change { try $0.add("a") }
            first.close()
            #expect(throws: SQLFailure.self) { try engine.open([table, failing]).close() }
            let again = try engine.open([table])
            try again.read { session throws in
                #expect(try session.texts("SELECT name FROM things") == ["a"])
                #expect(throws: SQLFailure.self) { _ = try session.count("more") }
            }
            again.close()
            let whole = try engine.open([table, second])
            defer { whole.close() }
            #expect(try whole.read { try $0.count("more") } == 1)
        },
        Rule("An index with a migration that is not known is refused, by the look and by the opening") { engine in
            try engine.open([table, second]).close()
            for attempt in [{ _ = try engine.check([table]) }, { try engine.open([table]).close() }] {
                let failure = #expect(throws: SQLFailure.self) { try attempt() }
                #expect(failure?.kind == .newer)
            }
            let database = try engine.open([table, second])
            defer { database.close() }
            #expect(try database.read { try $0.count("more") } == 1)
        },
    ]
}
