extension Schema {
    /// What writes and deletions replaced, where a rule keeps it. A row has a reference to its object, as an entry has.
    static func versions(_ t: SQLDialect) -> String {
        """
        CREATE TABLE entry_versions (
            -- Of one entry, the newer version has the higher number.
            id \(t.lastingID),
            store \(t.integer) NOT NULL,
            key \(t.bytes) NOT NULL,
            placement \(t.integer) NOT NULL,
            object \(t.integer),
            size \(t.integer) NOT NULL,
            stored_size \(t.integer) NOT NULL,
            encoding \(t.integer) NOT NULL,
            digest \(t.bytes) NOT NULL,
            etag \(t.bytes) NOT NULL,
            content_type \(t.text) NOT NULL,
            metadata \(t.bytes) NOT NULL,
            created_at \(t.integer) NOT NULL,
            modified_at \(t.integer) NOT NULL,
            replaced_at \(t.integer) NOT NULL,
            -- 1: by a deletion.
            is_deletion \(t.integer) NOT NULL
        );
        CREATE INDEX entry_versions_by_key ON entry_versions (store, key, id);
        CREATE INDEX entry_versions_by_time ON entry_versions (store, replaced_at, id);
        """
    }
}
