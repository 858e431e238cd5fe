extension Schema {
    /// Stores that are namespaces of the KV face have an ID there, 16 bytes. A store that was removed has no site, and
    /// its row stays: numbers of stores are never used again.
    static func namespaces(_ t: SQLDialect) -> String {
        """
        ALTER TABLE stores ADD COLUMN namespace \(t.bytes);
        CREATE UNIQUE INDEX stores_by_namespace ON stores (namespace);
        """
    }
}
