extension Schema {
    /// Objects in places of their own, and what an index notes of itself.
    ///
    /// The column stands behind `data`, where it is cheap to read for objects outside of the index only.
    static func places(_ t: SQLDialect) -> String {
        """
        -- Where in its backend an object lies; NULL: where its digest and form say.
        ALTER TABLE objects ADD COLUMN place \(t.bytes);
        CREATE TABLE facts (
            name \(t.text) PRIMARY KEY,
            value \(t.bytes) NOT NULL
        )\(t.inKeyOrder);
        """
    }
}
