import Index

/// How the tables come to be, and which there are.
extension PostgresSession {
    /// The migrations that this database has; none when it is new.
    func appliedMigrations() throws -> [(name: String, overlaps: Bool)] {
        let isThere = try one("SELECT to_regclass('larder_schema') IS NOT NULL") { $0.int(0) == 1 }
        guard isThere == true else { return [] }
        // Older larders did not say whether others can go on: they can't.
        let says = try one(
            """
            SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema()
                AND table_name = 'larder_schema' AND column_name = 'is_optional'
            """
        ) { _ in true }
        let overlaps = says == true ? "CAST(is_optional AS INTEGER)" : "0"
        var found: [(name: String, overlaps: Bool)] = []
        try each("SELECT name, \(overlaps) FROM larder_schema ORDER BY number") { _ in
        } _: {
            found.append(($0.string(0), $0.int(1) == 1))
            return true
        }
        return found
    }

    /// Makes this engine's own tables where they are missing, and applies the migrations that are missing, each in a
    /// transaction of its own. To be called with the lock of who migrates.
    func migrate(_ migrations: [SQLMigration]) throws {
        try connection.execute(Self.ownTables, .unlimited)
        let applied = try appliedMigrations().map(\.name)
        for (i, migration) in migrations.enumerated() where !applied.contains(migration.name) {
            // A script is one transaction.
            let script = """
                BEGIN;
                SET LOCAL lock_timeout = '30s';
                \(migration.script(PostgresEngine.dialect))
                INSERT INTO larder_schema (number, name, is_optional)
                    VALUES (\(i + 1), '\(migration.name)', \(migration.overlaps));
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
        -- Whether a larder that does not know a migration can go on.
        ALTER TABLE larder_schema ADD COLUMN IF NOT EXISTS is_optional BOOLEAN NOT NULL DEFAULT FALSE;
        -- Each node's last transactions, by their numbers: what became of one whose COMMIT was not answered.
        CREATE TABLE IF NOT EXISTS larder_commits (node BIGINT, id BIGINT, PRIMARY KEY (node, id));
        -- Locked by each transaction that writes, with others or alone; a row for what two of them contend for.
        CREATE TABLE IF NOT EXISTS larder_turns (id BIGINT PRIMARY KEY, taken BIGINT NOT NULL);
        DROP TABLE IF EXISTS larder_server, larder_batches;
        -- One row: what is added to the numbers of transactions, and which of them counts as 0.
        CREATE TABLE IF NOT EXISTS larder_positions (
            id BIGINT PRIMARY KEY, base BIGINT NOT NULL, first BIGINT NOT NULL);
        """
}
