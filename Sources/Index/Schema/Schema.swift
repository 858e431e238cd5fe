import GRDB
import LarderModel

/// The tables of `index.sqlite` and how they came to be. A migration is never edited once released; a new one is added,
/// and with it a fixture of a directory as that version leaves it (`Tests/Fixtures/make.py`).
enum Schema {
    static func migrate(_ writer: some DatabaseWriter) throws { try migrator.migrate(writer) }

    /// Looks at the index's migrations and changes nothing.
    /// - Throws: `LarderError` when the index was written by a newer larder.
    static func check(_ reader: some DatabaseReader) throws {
        guard try reader.read(migrator.hasBeenSuperseded) else { return }
        throw LarderError(
            .internalError, "the data directory was written by a newer larder; use that one, or another directory")
    }

    /// Each migration is one transaction: one that does not come to its end leaves what was there.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-entries", migrate: entries)
        migrator.registerMigration("2-logs", migrate: logs)
        migrator.registerMigration("3-memory", migrate: memory)
        migrator.registerMigration("4-jobs", migrate: jobs)
        migrator.registerMigration("5-tokens", migrate: tokens)
        migrator.registerMigration("6-audit", migrate: audit)
        migrator.registerMigration("7-token-limits", migrate: tokenLimits)
        migrator.registerMigration("8-growth", migrate: growth)
        return migrator
    }
}
