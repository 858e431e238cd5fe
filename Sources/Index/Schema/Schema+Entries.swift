extension Schema {
    /// Names and keys are BLOBs: any bytes, compared byte by byte, NUL included. Times are milliseconds since 1970.
    static func entries(_ t: SQLDialect) -> String {
        """
        -- What a store holds, kept by the transactions that change it.
        CREATE TABLE stores (
            id \(t.id),
            site \(t.text) NOT NULL,
            name \(t.bytes) NOT NULL,
            created_at \(t.integer) NOT NULL,
            entries \(t.integer) NOT NULL DEFAULT 0,
            bytes \(t.integer) NOT NULL DEFAULT 0,
            stored_bytes \(t.integer) NOT NULL DEFAULT 0,
            removed_cap \(t.integer) NOT NULL DEFAULT 0,
            removed_cleanup \(t.integer) NOT NULL DEFAULT 0,
            removed_expired \(t.integer) NOT NULL DEFAULT 0,
            UNIQUE (site, name)
        );

        -- Content, once each. `data` is set for small content; large content lies in a file named by the digest.
        -- The large column comes last, so that the others are read without it.
        CREATE TABLE objects (
            id \(t.id),
            digest \(t.bytes) NOT NULL UNIQUE,
            size \(t.integer) NOT NULL,
            stored_size \(t.integer) NOT NULL,
            encoding \(t.integer) NOT NULL,
            refs \(t.integer) NOT NULL,
            unreferenced_at \(t.integer),
            data \(t.bytes)
        );
        CREATE INDEX objects_unreferenced ON objects (unreferenced_at) WHERE refs = 0;

        -- Columns of the object are repeated here: a page of a list reads this table only.
        CREATE TABLE entries (
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
            expires_at \(t.integer),
            PRIMARY KEY (store, key)
        )\(t.inKeyOrder);
        CREATE INDEX entries_by_time ON entries (store, modified_at, key);
        CREATE INDEX entries_expiring ON entries (expires_at) WHERE expires_at IS NOT NULL;
        """
    }
}
