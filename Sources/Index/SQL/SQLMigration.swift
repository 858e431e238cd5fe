/// A step from one version of the tables to the next. Never edited once released.
package struct SQLMigration: Sendable {
    /// What the index remembers it by.
    package let name: String
    /// Statements separated by semicolons, in an engine's words.
    package let script: @Sendable (SQLDialect) -> String

    package init(_ name: String, script: @escaping @Sendable (SQLDialect) -> String) {
        self.name = name
        self.script = script
    }
}
