/// An engine that can keep the index: SQLite, or another database. The program's assembly names one, for a place;
/// nothing above knows which.
package protocol SQLEngine: Sendable {
    /// What it is, in a word, for people and `/metrics`: `sqlite`, `postgres`.
    var kind: String { get }

    /// Where it keeps the index, for people: a path, or an address without its password.
    var place: String { get }

    /// Whether other machines can reach it: what belongs to an installation is then kept in it, and not in the data
    /// directory.
    var isShared: Bool { get }

    /// Looks whether the index can be reached at all, and changes nothing. Blocks, at most some seconds.
    /// - Throws: ``SQLFailure`` of kind `away` when it can't be reached now and may be later.
    func reach() throws

    /// Looks at what migrations an index has, and changes nothing. One that can't be read is there: ``open(_:)``
    /// reports it. Blocks.
    /// - Returns: whether there is one: not, when none of the migrations was ever applied.
    /// - Throws: ``SQLFailure`` of kind `newer` when it has one that is not among `migrations`, `incomplete` when only
    ///   a part of it is there.
    @discardableResult
    func check(_ migrations: [SQLMigration]) throws -> Bool

    /// Opens the index, makes it where there is none, and applies the migrations that it lacks, in their order, each in
    /// a transaction of its own. Blocks.
    /// - Throws: ``SQLFailure``; the index is as the last migration that came to its end left it.
    func open(_ migrations: [SQLMigration]) throws -> any SQLDatabase
}

extension SQLEngine {
    /// For engines on this machine.
    package var isShared: Bool { false }
    package func reach() throws {}
}
