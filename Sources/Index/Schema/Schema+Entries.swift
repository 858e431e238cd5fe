import GRDB

extension Schema {
    /// Names and keys are BLOBs: any bytes, compared byte by byte, NUL included. Times are milliseconds since 1970.
    static func entries(_ db: Database) throws {
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
}
