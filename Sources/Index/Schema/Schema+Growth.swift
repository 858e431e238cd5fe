extension Schema {
    /// What each store held, one row a store and day.
    static func growth(_ t: SQLDialect) -> String {
        """
        CREATE TABLE store_days (
            store \(t.integer) NOT NULL,
            -- Days since 1970-01-01, UTC.
            day \(t.integer) NOT NULL,
            entries \(t.integer) NOT NULL,
            bytes \(t.integer) NOT NULL,
            stored_bytes \(t.integer) NOT NULL,
            PRIMARY KEY (store, day)
        )\(t.inKeyOrder);
        """
    }
}
