import Foundation
import GRDB
import LarderModel

/// Opens `index.sqlite` as Larder needs it.
///
/// SQLite before 3.51.3 can lose committed data when two connections write or checkpoint at once (the WAL-reset bug).
/// So: GRDB's one writer connection writes, the automatic checkpoint is off, ``GroupCommit`` checkpoints on that same
/// connection, readers are read-only, and `<data>/lock` keeps a second process out.
enum IndexDatabase {
    /// Read connections, one a thread of the reader pool.
    static let readerCount = 4

    /// Says no to an index that this larder is too old for, and changes nothing. What can't be read is left to
    /// ``open(_:)`` to report.
    static func checkVersion(_ path: String) throws(LarderError) {
        let files = FileManager.default
        guard files.fileExists(atPath: path) else { return }
        let hadWAL = files.fileExists(atPath: path + "-wal")
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try Schema.check(queue)
            try queue.close()
        } catch let error as LarderError {
            // A reader in WAL mode makes these, and can't take them away.
            if !hadWAL { for suffix in ["-wal", "-shm"] { try? files.removeItem(atPath: path + suffix) } }
            throw error
        } catch { return }
    }

    static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = readerCount
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
        let pool = try DatabasePool(path: path, configuration: configuration)
        try Schema.check(pool)
        // GRDB sets synchronous to NORMAL while it opens a pool, so this comes after. NORMAL loses acknowledged writes
        // at a power cut.
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
        try Schema.migrate(pool)
        for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + suffix)
        }
        return pool
    }
}
