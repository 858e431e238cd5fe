extension Schema {
    /// Who did what to the server. Never a secret.
    static func audit(_ t: SQLDialect) -> String {
        """
        CREATE TABLE audit (
            id \(t.lastingID),
            at \(t.integer) NOT NULL,
            who \(t.text) NOT NULL,
            act \(t.text) NOT NULL,
            subject \(t.text) NOT NULL,
            detail \(t.bytes) NOT NULL
        );
        """
    }

    /// What a token may do in a second; NULL: as much as the server's default says.
    static func tokenLimits(_ t: SQLDialect) -> String {
        """
        ALTER TABLE tokens ADD COLUMN requests_per_second \(t.integer);
        ALTER TABLE tokens ADD COLUMN bytes_per_second \(t.integer);
        """
    }
}
