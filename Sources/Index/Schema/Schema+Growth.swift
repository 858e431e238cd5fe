import GRDB

extension Schema {
    /// What each store held, one row a store and day.
    static func growth(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE store_days (
                    store INTEGER NOT NULL,
                    -- Days since 1970-01-01, UTC.
                    day INTEGER NOT NULL,
                    entries INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    stored_bytes INTEGER NOT NULL,
                    PRIMARY KEY (store, day)
                ) WITHOUT ROWID;
                """)
    }
}
