import GRDB
import GRDBSQLite
import Index
import Synchronization

/// An open index of SQLite's, and its WAL's keeper.
///
/// The WAL keeps its length under load and is written again from its beginning: a sync of bytes that replace others is
/// cheaper than one of a file that grows. It is truncated once nothing happens.
final class SQLiteDatabase: SQLDatabase {
    /// Frames (4 KiB pages) in the WAL that start a checkpoint: 32 MiB. Beside scattered work 4 MiB: clients wait for
    /// as long as a checkpoint takes, and that is as long as it has different pages to write.
    static let checkpointFrames = 8_192, scatteredCheckpointFrames = 1_024

    /// How many frames the WAL holds, as SQLite tells after each commit.
    private final class FrameCount: Sendable {
        let frames = Atomic(0)
    }

    private let pool: DatabasePool
    private let count = FrameCount()
    /// Frames below which no checkpoint is tried again, after a reader stood in the way of the last one.
    private let postponedUntil = Atomic(0)

    let files: [String]
    let availability = Availability()

    init(_ pool: DatabasePool, files: [String]) {
        self.pool = pool
        self.files = files
        pool.writeWithoutTransaction { db in
            // ``close()`` takes the hook away while `count` is still there.
            _ = sqlite3_wal_hook(
                db.sqliteConnection,
                { context, _, _, frames in
                    guard let context else { return SQLITE_OK }
                    Unmanaged<FrameCount>.fromOpaque(context).takeUnretainedValue().frames.store(
                        Int(frames), ordering: .relaxed)
                    return SQLITE_OK
                }, Unmanaged.passUnretained(count).toOpaque())
        }
    }

    var readerCount: Int { SQLiteEngine.readerCount }

    func read<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        try SQLFailure.translating { try pool.read { try body(SQLiteSession(db: $0)) } }
    }

    func write<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        try SQLFailure.translating { try pool.writeWithoutTransaction { try body(SQLiteSession(db: $0)) } }
    }

    /// The last connection to close takes the WAL away, and that must be the writer's.
    func close() {
        pool.writeWithoutTransaction { db in _ = sqlite3_wal_hook(db.sqliteConnection, nil, nil) }
        pool.invalidateReadOnlyConnections()
        try? pool.close()
    }

    // MARK: Checkpoints

    func tend(_ moment: SQLUpkeep) throws -> Bool {
        switch moment {
        case .afterTransaction(let isScattered):
            try checkpoint(from: isScattered ? Self.scatteredCheckpointFrames : Self.checkpointFrames)
        case .idle: try count.frames.load(ordering: .relaxed) > 0 && truncate()
        case .full: try restart()
        case .closing: try truncate()
        }
    }

    /// Moves a WAL that has grown to `limit` frames into the database, so that it can be written again from its
    /// beginning. Waits for no reader.
    private func checkpoint(from limit: Int) throws -> Bool {
        let frames = count.frames.load(ordering: .relaxed)
        guard frames >= max(limit, postponedUntil.load(ordering: .relaxed)) else { return false }
        let isComplete = try checkpointing { db in
            let result = try db.checkpoint(.passive)
            return result.checkpointedFrameCount >= result.walFrameCount
        }
        // Not so while a reader still looks at an older state: then it is tried again after as much more.
        postponedUntil.store(isComplete == true ? 0 : frames + limit, ordering: .relaxed)
        // The next commit begins the WAL anew and tells how many there are then.
        if isComplete == true { count.frames.store(1, ordering: .relaxed) }
        return isComplete != nil
    }

    /// Moves the WAL into the database, whatever stood in the way before, and keeps its room for the next commits.
    private func restart() throws -> Bool {
        postponedUntil.store(0, ordering: .relaxed)
        return try checkpoint(from: 1)
    }

    /// Moves the WAL into the database and gives its room back.
    private func truncate() throws -> Bool {
        postponedUntil.store(0, ordering: .relaxed)
        let isDone = try checkpointing { db in
            _ = try db.checkpoint(.truncate)
            return true
        }
        if isDone == true { count.frames.store(0, ordering: .relaxed) }
        return isDone == true
    }

    /// - Returns: nil when there was no room for it or a reader stood in its way: the WAL still has it all.
    private func checkpointing(_ work: (Database) throws -> Bool) throws -> Bool? {
        do {
            return try pool.writeWithoutTransaction(work)
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_FULL].contains(error.resultCode) {
            return nil
        } catch let error as DatabaseError {
            throw SQLFailure(error)
        }
    }
}
