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

    /// Names and keys are BLOBs: any bytes, compared byte by byte, NUL included. Times are milliseconds since 1970.
    private static func entries(_ db: Database) throws {
        try db.execute(
            sql: """
                -- What a store holds, kept by the transactions that change it.
                CREATE TABLE stores (
                    id INTEGER PRIMARY KEY,
                    site TEXT NOT NULL,
                    name BLOB NOT NULL,
                    created_at INTEGER NOT NULL,
                    entries INTEGER NOT NULL DEFAULT 0,
                    bytes INTEGER NOT NULL DEFAULT 0,
                    stored_bytes INTEGER NOT NULL DEFAULT 0,
                    removed_cap INTEGER NOT NULL DEFAULT 0,
                    removed_cleanup INTEGER NOT NULL DEFAULT 0,
                    removed_expired INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (site, name)
                );

                -- Content, once each. `data` is set for small content; large content lies in a file named by the digest.
                -- The large column comes last, so that the others are read without it.
                CREATE TABLE objects (
                    id INTEGER PRIMARY KEY,
                    digest BLOB NOT NULL UNIQUE,
                    size INTEGER NOT NULL,
                    stored_size INTEGER NOT NULL,
                    encoding INTEGER NOT NULL,
                    refs INTEGER NOT NULL,
                    unreferenced_at INTEGER,
                    data BLOB
                );
                CREATE INDEX objects_unreferenced ON objects (unreferenced_at) WHERE refs = 0;

                -- Columns of the object are repeated here: a page of a list reads this table only.
                CREATE TABLE entries (
                    store INTEGER NOT NULL,
                    key BLOB NOT NULL,
                    placement INTEGER NOT NULL,
                    object INTEGER,
                    size INTEGER NOT NULL,
                    stored_size INTEGER NOT NULL,
                    encoding INTEGER NOT NULL,
                    digest BLOB NOT NULL,
                    etag BLOB NOT NULL,
                    content_type TEXT NOT NULL,
                    metadata BLOB NOT NULL,
                    created_at INTEGER NOT NULL,
                    modified_at INTEGER NOT NULL,
                    expires_at INTEGER,
                    PRIMARY KEY (store, key)
                ) WITHOUT ROWID;
                CREATE INDEX entries_by_time ON entries (store, modified_at, key);
                CREATE INDEX entries_expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
                """)
    }

    /// Logs. The row of `entries` with the same name shows a log to lists and reads; it is there while the log has
    /// events.
    private static func logs(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE logs (
                    id INTEGER PRIMARY KEY,
                    store INTEGER NOT NULL,
                    key BLOB NOT NULL,
                    -- Sequence numbers: of the first event kept and of the last one ever appended. They outlive a removal of the entry.
                    first INTEGER NOT NULL,
                    last INTEGER NOT NULL,
                    count INTEGER NOT NULL,
                    -- Bytes of the kept events.
                    bytes INTEGER NOT NULL,
                    dropped INTEGER NOT NULL,
                    state INTEGER NOT NULL,
                    started_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    progress REAL,
                    message TEXT,
                    -- Hash over all events so far, each folded in as it came: what the ETag is made from.
                    chain BLOB NOT NULL,
                    -- Fingerprints of the latest whole-array writes, 16 bytes each: a repeated one adds nothing.
                    recent_puts BLOB NOT NULL,
                    UNIQUE (store, key)
                );
                CREATE INDEX logs_by_time ON logs (store, updated_at, key);

                -- One row an event. Beyond the cap the event goes and its fingerprint stays for a while: clients may still send arrays
                -- that begin there.
                CREATE TABLE log_events (
                    log INTEGER NOT NULL,
                    seq INTEGER NOT NULL,
                    -- Place among all events here, in the order of their commits; never used twice.
                    position INTEGER NOT NULL,
                    received_at INTEGER NOT NULL,
                    fingerprint BLOB NOT NULL,
                    event BLOB,
                    PRIMARY KEY (log, seq)
                ) WITHOUT ROWID;

                CREATE UNIQUE INDEX log_events_by_position ON log_events (position);
                CREATE TABLE log_positions (last INTEGER NOT NULL);
                INSERT INTO log_positions VALUES (0);

                -- Answers to appends with an Idempotency-Key.
                CREATE TABLE log_replies (
                    log INTEGER NOT NULL,
                    idempotency_key BLOB NOT NULL,
                    first INTEGER NOT NULL,
                    last INTEGER NOT NULL,
                    count INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (log, idempotency_key)
                ) WITHOUT ROWID;
                CREATE INDEX log_replies_by_time ON log_replies (created_at);
                """)
    }

    /// What the learning memories are made from. The documents themselves are entries.
    private static func memory(_ db: Database) throws {
        try db.execute(
            sql: """
                -- What a document holds that doesn't follow from runs and evaluations.
                CREATE TABLE memory_projects (
                    site TEXT NOT NULL,
                    store BLOB NOT NULL,
                    project BLOB NOT NULL,
                    frame BLOB NOT NULL,
                    -- Digest of the document as it was last made; it need not be written again while it stays the same.
                    made BLOB,
                    PRIMARY KEY (site, store, project)
                ) WITHOUT ROWID;

                CREATE TABLE memory_runs (
                    site TEXT NOT NULL,
                    store BLOB NOT NULL,
                    project BLOB NOT NULL,
                    run BLOB NOT NULL,
                    source INTEGER NOT NULL,
                    timestamp TEXT,
                    at INTEGER NOT NULL,
                    theme TEXT,
                    music_style TEXT,
                    mood TEXT,
                    duration REAL,
                    rating TEXT,
                    extra BLOB NOT NULL,
                    PRIMARY KEY (site, store, project, run)
                ) WITHOUT ROWID;
                CREATE INDEX memory_runs_by_run ON memory_runs (site, store, run);

                -- One row an evaluation entry; the store is the memory store that the evals store belongs to.
                CREATE TABLE memory_evaluations (
                    site TEXT NOT NULL,
                    store BLOB NOT NULL,
                    key BLOB NOT NULL,
                    -- NULL: the entry doesn't say, and no run has claimed it.
                    project BLOB,
                    -- Whether the project is a claim.
                    is_claimed INTEGER NOT NULL DEFAULT 0,
                    run BLOB NOT NULL,
                    rating TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    PRIMARY KEY (site, store, key)
                ) WITHOUT ROWID;
                CREATE INDEX memory_evaluations_by_run ON memory_evaluations (site, run);
                CREATE INDEX memory_evaluations_by_project ON memory_evaluations (site, store, project, at);
                """)
    }

    /// Long work over many entries: how far it is, and what came of it.
    private static func jobs(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE jobs (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    kind TEXT NOT NULL,
                    state TEXT NOT NULL,
                    requested_by TEXT NOT NULL,
                    site TEXT,
                    -- JSON that the kind reads: what was asked, and where it is.
                    request BLOB NOT NULL,
                    checkpoint BLOB NOT NULL,
                    done INTEGER NOT NULL DEFAULT 0,
                    total INTEGER NOT NULL DEFAULT 0,
                    bytes INTEGER NOT NULL DEFAULT 0,
                    started_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    ended_at INTEGER,
                    result BLOB,
                    error BLOB
                );

                -- Objects in files, for comparing with the files without reading the small content that lies between them.
                CREATE INDEX objects_in_files ON objects (digest, encoding) WHERE data IS NULL;
                """)
    }
}
