extension Schema {
    /// What the learning memories are made from. The documents themselves are entries.
    static func memory(_ t: SQLDialect) -> String {
        """
        -- What a document holds that doesn't follow from runs and evaluations.
        CREATE TABLE memory_projects (
            site \(t.text) NOT NULL,
            store \(t.bytes) NOT NULL,
            project \(t.bytes) NOT NULL,
            frame \(t.bytes) NOT NULL,
            -- Digest of the document as it was last made; it need not be written again while it stays the same.
            made \(t.bytes),
            PRIMARY KEY (site, store, project)
        )\(t.inKeyOrder);

        CREATE TABLE memory_runs (
            site \(t.text) NOT NULL,
            store \(t.bytes) NOT NULL,
            project \(t.bytes) NOT NULL,
            run \(t.bytes) NOT NULL,
            source \(t.integer) NOT NULL,
            timestamp \(t.text),
            at \(t.integer) NOT NULL,
            theme \(t.text),
            music_style \(t.text),
            mood \(t.text),
            duration \(t.real),
            rating \(t.text),
            extra \(t.bytes) NOT NULL,
            PRIMARY KEY (site, store, project, run)
        )\(t.inKeyOrder);
        CREATE INDEX memory_runs_by_run ON memory_runs (site, store, run);

        -- One row an evaluation entry; the store is the memory store that the evals store belongs to.
        CREATE TABLE memory_evaluations (
            site \(t.text) NOT NULL,
            store \(t.bytes) NOT NULL,
            key \(t.bytes) NOT NULL,
            -- NULL: the entry doesn't say, and no run has claimed it.
            project \(t.bytes),
            -- Whether the project is a claim.
            is_claimed \(t.integer) NOT NULL DEFAULT 0,
            run \(t.bytes) NOT NULL,
            rating \(t.text) NOT NULL,
            at \(t.integer) NOT NULL,
            PRIMARY KEY (site, store, key)
        )\(t.inKeyOrder);
        CREATE INDEX memory_evaluations_by_run ON memory_evaluations (site, run);
        CREATE INDEX memory_evaluations_by_project ON memory_evaluations (site, store, project, at);
        """
    }
}
