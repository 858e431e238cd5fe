/// An engine that can keep the index: SQLite, or another database. The program's assembly names one, for a place;
/// nothing above knows which.
package protocol SQLEngine: Sendable {
    /// Where it keeps the index, for people: a path, or an address without its password.
    var place: String { get }

    /// Looks at what migrations an index has, and changes nothing. One that is missing, or can't be read, is fine:
    /// ``open(_:)`` reports it. Blocks.
    /// - Throws: ``SQLFailure`` of kind `newer` when it has one that is not among `migrations`.
    func check(_ migrations: [SQLMigration]) throws

    /// Opens the index, makes it where there is none, and applies the migrations that it lacks, in their order, each in
    /// a transaction of its own. Blocks.
    /// - Throws: ``SQLFailure``; the index is as the last migration that came to its end left it.
    func open(_ migrations: [SQLMigration]) throws -> any SQLDatabase
}
