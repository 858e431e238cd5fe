extension Schema {
    /// Long work over many entries: how far it is, and what came of it.
    static func jobs(_ t: SQLDialect) -> String {
        """
        CREATE TABLE jobs (
            id \(t.lastingID),
            kind \(t.text) NOT NULL,
            state \(t.text) NOT NULL,
            requested_by \(t.text) NOT NULL,
            site \(t.text),
            -- JSON that the kind reads: what was asked, and where it is.
            request \(t.bytes) NOT NULL,
            checkpoint \(t.bytes) NOT NULL,
            done \(t.integer) NOT NULL DEFAULT 0,
            total \(t.integer) NOT NULL DEFAULT 0,
            bytes \(t.integer) NOT NULL DEFAULT 0,
            started_at \(t.integer) NOT NULL,
            updated_at \(t.integer) NOT NULL,
            ended_at \(t.integer),
            result \(t.bytes),
            error \(t.bytes)
        );

        -- Objects in files, for comparing with the files without reading the small content that lies between them.
        CREATE INDEX objects_in_files ON objects (digest, encoding) WHERE data IS NULL;
        """
    }
}
