import Index

/// How the tables come to be, and which there are.
extension PostgresSession {
    /// The names of the migrations that this database has; none when it is new.
    func appliedMigrations() throws -> [String] {
        let isThere = try one("SELECT to_regclass('larder_schema') IS NOT NULL") { $0.int(0) == 1 }
        guard isThere == true else { return [] }
        var names: [String] = []
        try each("SELECT name FROM larder_schema ORDER BY number") { _ in
        } _: {
            names.append($0.string(0))
            return true
        }
        return names
    }

    /// Makes this engine's own tables where they are missing, and applies the migrations that are missing, each in a
    /// transaction of its own. To be called with the lock of who writes.
    func migrate(_ migrations: [SQLMigration]) throws {
        try connection.execute(Self.ownTables, .unlimited)
        let applied = try appliedMigrations()
        for (i, migration) in migrations.enumerated() where !applied.contains(migration.name) {
            // A script is one transaction.
            let script = """
                BEGIN;
                \(migration.script(PostgresEngine.dialect))
                INSERT INTO larder_schema (number, name) VALUES (\(i + 1), '\(migration.name)');
                COMMIT;
                """
            do { try connection.execute(script, .unlimited) } catch {
                if !connection.isLost { try connection.execute("ROLLBACK") }
                throw SQLFailure(error.kind == .away ? .away : .other, "\(migration.name): \(error.description)")
            }
        }
    }

    private static let ownTables = """
        CREATE TABLE IF NOT EXISTS larder_schema (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        -- Who writes, by a name of that process.
        CREATE TABLE IF NOT EXISTS larder_server (id BIGINT PRIMARY KEY, owner TEXT NOT NULL);
        -- Numbers of the last transactions: what became of one whose COMMIT was not answered.
        CREATE TABLE IF NOT EXISTS larder_batches (id BIGINT PRIMARY KEY);
        -- One row: what is added to the numbers of transactions, and which of them counts as 0.
        CREATE TABLE IF NOT EXISTS larder_positions (
            id BIGINT PRIMARY KEY, base BIGINT NOT NULL, first BIGINT NOT NULL);
        """
}
