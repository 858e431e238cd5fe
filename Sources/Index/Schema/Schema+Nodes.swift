extension Schema {
    /// The nodes that serve an index together, what each works on, and the console's sessions, which all of them know.
    static func nodes(_ t: SQLDialect) -> String {
        """
        CREATE TABLE nodes (
            id \(t.lastingID),
            name \(t.text) NOT NULL UNIQUE,
            -- The process that has the name, by a word of its own.
            owner \(t.text) NOT NULL,
            version \(t.text) NOT NULL,
            address \(t.text) NOT NULL,
            since \(t.integer) NOT NULL,
            seen_at \(t.integer) NOT NULL,
            -- 0: it has said that it ends.
            is_up \(t.integer) NOT NULL,
            database_ms \(t.real),
            bucket_ms \(t.real)
        );

        -- The node that works on a job, and what else may not be worked on at the same time.
        ALTER TABLE jobs ADD COLUMN node \(t.integer) NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN lane \(t.text);
        ALTER TABLE jobs ADD COLUMN is_cancelled \(t.integer) NOT NULL DEFAULT 0;
        CREATE UNIQUE INDEX jobs_by_lane ON jobs (lane) WHERE state = 'running';

        -- Sessions of the console: the hash of the cookie's secret, and that of the token that was shown for it.
        CREATE TABLE sessions (
            id \(t.bytes) PRIMARY KEY,
            token_hash \(t.bytes) NOT NULL,
            expires_at \(t.integer) NOT NULL
        )\(t.inKeyOrder);
        """
    }
}
