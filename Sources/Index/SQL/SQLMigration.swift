/// A step from one version of the tables to the next. Never edited once released.
package struct SQLMigration: Sendable {
    /// What the index remembers it by.
    package let name: String
    /// Statements separated by semicolons, in an engine's words.
    package let script: @Sendable (SQLDialect) -> String
    /// Whether a larder that does not know it can go on with the index: nodes of both versions may then serve it
    /// together, while one after the other is replaced.
    package let overlaps: Bool

    package init(_ name: String, overlaps: Bool = false, script: @escaping @Sendable (SQLDialect) -> String) {
        self.name = name
        self.overlaps = overlaps
        self.script = script
    }
}
