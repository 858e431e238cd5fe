extension Schema {
    /// Tokens. Only hashes: who reads the index learns no secret.
    static func tokens(_ t: SQLDialect) -> String {
        """
        CREATE TABLE tokens (
            id \(t.text) PRIMARY KEY,
            hash \(t.bytes) NOT NULL UNIQUE,
            scopes \(t.text) NOT NULL,
            site \(t.text) NOT NULL,
            stores \(t.text) NOT NULL,
            note \(t.text) NOT NULL,
            created_at \(t.integer) NOT NULL,
            expires_at \(t.integer),
            last_used_at \(t.integer)
        )\(t.inKeyOrder);
        """
    }
}
