import GRDB

extension Schema {
    /// Tokens. Only hashes: who reads the index learns no secret.
    static func tokens(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE tokens (
                    id TEXT PRIMARY KEY,
                    hash BLOB NOT NULL UNIQUE,
                    scopes TEXT NOT NULL,
                    site TEXT NOT NULL,
                    stores TEXT NOT NULL,
                    note TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    expires_at INTEGER,
                    last_used_at INTEGER
                ) WITHOUT ROWID;
                """)
    }
}
