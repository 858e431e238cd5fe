import GRDB

extension Schema {
    /// Who did what to the server. Never a secret.
    static func audit(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE audit (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    at INTEGER NOT NULL,
                    who TEXT NOT NULL,
                    act TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    detail BLOB NOT NULL
                );
                """)
    }

    /// What a token may do in a second; NULL: as much as the server's default says.
    static func tokenLimits(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE tokens ADD COLUMN requests_per_second INTEGER;
                ALTER TABLE tokens ADD COLUMN bytes_per_second INTEGER;
                """)
    }
}
