import Foundation
import GRDB
package import Index

/// The index in a file of SQLite's, opened as Larder needs it.
///
/// SQLite before 3.51.3 can lose committed data when two connections write or checkpoint at once (the WAL-reset bug).
/// So: GRDB's one writer connection writes, the automatic checkpoint is off, ``SQLiteDatabase`` checkpoints on that
/// same connection, readers are read-only, and `<data>/lock` keeps a second process out.
package struct SQLiteEngine: SQLEngine {
    package let kind = "sqlite"

    /// The file's path; `-wal` and `-shm` are added to it for the files beside it.
    package let place: String

    /// Read connections.
    static let readerCount = 4

    static let dialect = SQLDialect(
        integer: "INTEGER", real: "REAL", text: "TEXT", bytes: "BLOB", id: "INTEGER PRIMARY KEY",
        lastingID: "INTEGER PRIMARY KEY AUTOINCREMENT", inKeyOrder: " WITHOUT ROWID")

    package init(path: String) { place = path }

    @discardableResult
    package func check(_ migrations: [SQLMigration]) throws -> Bool {
        let files = FileManager.default
        guard size(place) > 0 else {
            // SQLite would begin anew, and throw the last changes of what was here away.
            guard size(place + "-wal") == 0 else {
                throw SQLFailure(.incomplete, "\(place) is missing or empty, but \(place)-wal holds changes of it")
            }
            // It makes this file behind the index and removes it before: alone it is what is left of one.
            guard files.fileExists(atPath: place) || !files.fileExists(atPath: place + "-wal") else {
                throw SQLFailure(.incomplete, "\(place) is missing, but \(place)-wal is there")
            }
            return false
        }
        let hadWAL = files.fileExists(atPath: place + "-wal")
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: place, configuration: configuration)
            defer { try? queue.close() }
            try Self.check(queue, migrations)
            return try !queue.read(Self.migrator(migrations).appliedMigrations).isEmpty
        } catch let failure as SQLFailure {
            // A reader in WAL mode makes these, and can't take them away.
            if !hadWAL { for suffix in ["-wal", "-shm"] { try? files.removeItem(atPath: place + suffix) } }
            throw failure
        } catch { return true }
    }

    /// - Returns: 0 also where there is no file.
    private func size(_ path: String) -> Int64 {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        return size?.int64Value ?? 0
    }

    package func open(_ migrations: [SQLMigration]) throws -> any SQLDatabase {
        try SQLFailure.translating {
            let pool = try DatabasePool(path: place, configuration: configuration())
            try Self.check(pool, migrations)
            try makeDurable(pool)
            try Self.migrator(migrations).migrate(pool)
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: place + suffix) {
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place + suffix)
            }
            return SQLiteDatabase(pool, files: ["", "-wal", "-shm"].map { place + $0 })
        }
    }

    private func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = Self.readerCount
        configuration.busyMode = .timeout(5)
        configuration.label = "index"
        configuration.prepareDatabase { db in
            if !db.configuration.readonly {
                // Before the first table: room of removed rows can be given back to the disk in steps.
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
            try db.execute(sql: "PRAGMA cache_size = -8192")  // 8 MiB a connection
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        return configuration
    }

    /// GRDB sets synchronous to NORMAL while it opens a pool, so this comes after. NORMAL loses acknowledged writes at
    /// a power cut.
    private func makeDurable(_ pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
            // When a sync fails while the journal mode is changed, GRDB hears «wal» before the change is undone.
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
            guard mode == "wal" else {
                throw DatabaseError(message: "could not activate WAL mode: the journal mode is \(mode ?? "unknown")")
            }
        }
    }

    // MARK: Migrations

    private static func migrator(_ migrations: [SQLMigration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.script(dialect)) }
        }
        return migrator
    }

    private static func check(_ reader: some DatabaseReader, _ migrations: [SQLMigration]) throws {
        guard try reader.read(migrator(migrations).hasBeenSuperseded) else { return }
        throw SQLFailure(.newer, "the index has migrations that are not known here")
    }
}
