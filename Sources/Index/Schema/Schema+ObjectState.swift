extension Schema {
    /// The removal of an object is a state of its row.
    ///
    /// The column stands behind `data`, where it is cheap to read for objects in files only.
    static func objectState(_ t: SQLDialect) -> String {
        """
        -- 0: living; 1: being removed.
        ALTER TABLE objects ADD COLUMN state \(t.integer) NOT NULL DEFAULT 0;
        """
    }
}
