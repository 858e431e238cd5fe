import GRDB

extension Schema {
    /// Long work over many entries: how far it is, and what came of it.
    static func jobs(_ db: Database) throws {
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
