import GRDB

extension Schema {
    /// What the learning memories are made from. The documents themselves are entries.
    static func memory(_ db: Database) throws {
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
}
