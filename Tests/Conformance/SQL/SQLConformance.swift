package import Index

/// What every engine of the index must do, as tests that know none of them. An engine's own tests run each rule with an
/// engine for an empty place:
///
///     @Test("does what every engine must", arguments: SQLConformance.rules)
///     func conforms(_ rule: SQLConformance.Rule) throws { try withEmptyPlace { try rule.check($0) } }
///
/// A rule blocks its thread for as long as the engine does.
package enum SQLConformance {
    /// One rule; `check` records an issue for whatever does not hold.
    package struct Rule: Sendable, CustomStringConvertible {
        package let description: String
        package let check: @Sendable (any SQLEngine) throws -> Void

        init(_ description: String, check: @escaping @Sendable (any SQLEngine) throws -> Void) {
            self.description = description
            self.check = check
        }
    }

    package static let rules = values + statements + transactions + reads + migrations

    /// A table with a column of each type.
    static let table = SQLMigration("1-things") { t in
        """
        CREATE TABLE things (id \(t.id), name \(t.text) UNIQUE, whole \(t.integer), part \(t.real), content \(t.bytes));
        CREATE TABLE numbered (id \(t.lastingID), name \(t.text) NOT NULL);
        CREATE TABLE paired (a \(t.integer) NOT NULL, b \(t.bytes) NOT NULL, n \(t.integer) NOT NULL,
            PRIMARY KEY (a, b))\(t.inKeyOrder);
        """
    }

    /// A rule that works with one open database, which holds ``table``.
    static func rule(_ description: String, _ check: @escaping @Sendable (any SQLDatabase) throws -> Void) -> Rule {
        Rule(description) { engine in
            let database = try engine.open([table])
            defer { database.close() }
            try check(database)
        }
    }
}

extension SQLDatabase {
    /// Runs `body` in a transaction, which is committed.
    @discardableResult
    func change<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        try write { session throws in
            try session.begin()
            do {
                let result = try body(session)
                try session.commit()
                return result
            } catch {
                session.rollback()
                throw error
            }
        }
    }
}

extension SQLSession {
    /// All rows of a query of one column.
    func texts(_ sql: String) throws -> [String] {
        var found: [String] = []
        try each(sql) { _ in
        } _: {
            found.append($0.string(0))
            return true
        }
        return found
    }

    func count(_ table: String) throws -> Int { try one("SELECT COUNT(*) FROM \(table)") { $0.int(0) } ?? -1 }

    /// A row of `things` with no more than a name.
    @discardableResult
    func add(_ name: String) throws -> Int64? {
        try insert("INSERT INTO things (name) VALUES (?1)") { $0.set(1, name) }
    }
}
