import GRDB

extension Schema {
    /// Logs. The row of `entries` with the same name shows a log to lists and reads; it is there while the log has
    /// events.
    static func logs(_ db: Database) throws {
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
}
