package import LarderModel

/// One connection to the engine that keeps the index, used by one thread at a time.
///
/// Statements are written in the words that SQLite and PostgreSQL share. Parameters are `?1`, `?2`, …, which a session
/// may rewrite; a statement's text is the same at each call, so that it can be kept prepared. What differs is a call
/// here (``insert(_:_:)``, ``room()``) or a word of ``SQLDialect``. All failures are ``SQLFailure``.
package protocol SQLSession {
    /// Runs a statement that gives no rows. An engine need not wait for the answer: what went wrong is then thrown by a
    /// later call, at the latest by ``settle()`` or ``commit()``.
    func run(_ sql: String, _ bind: (any SQLParameters) -> Void) throws

    /// The same for who asks what it did.
    /// - Returns: rows that it inserted, changed or deleted.
    func change(_ sql: String, _ bind: (any SQLParameters) -> Void) throws -> Int

    /// Runs an `INSERT` of one row into a table whose number of a row is `id`.
    /// - Returns: the new row's number; nil when an `ON CONFLICT … DO NOTHING` left what was there.
    func insert(_ sql: String, _ bind: (any SQLParameters) -> Void) throws -> Int64?

    /// Gives every row of a query to `read`, until that returns false.
    func each(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Bool) throws

    /// Gives the first row of a query to `read`, where it gives one: for queries that give one or few.
    func first(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Void) throws

    /// Asks several questions at once.
    func ask(_ questions: [SQLQuestion]) throws

    /// Whether each answer takes a way over the network: what can be asked together should be, and what can be left
    /// unasked.
    var isRemote: Bool { get }

    /// A number for a new row of a table whose number of a row is `id`, so that nobody waits for it when the row is
    /// inserted; nil: the engine gives it then, and that costs nothing.
    func newID(of table: StaticString) throws -> Int64?

    /// Runs statements without parameters, separated by semicolons, that are not to be kept prepared.
    func execute(_ script: String) throws

    /// The engine's own time, where it has a clock of its own; nil: it goes by this machine's.
    func time() throws -> Timestamp?

    /// Waits for the answers to all statements so far.
    /// - Throws: the first failure among those that nobody has heard of.
    func settle() throws

    // MARK: Transactions

    /// Begins a transaction that writes.
    /// - Parameter alone: whether no other transaction that writes may be under way, here or on another node; waits for
    ///   those that are.
    func begin(alone: Bool) throws
    /// Ends it: on return it is safe on the disk and seen by every read that begins.
    /// - Throws: ``SQLFailure`` of kind `undone` when the whole may be tried again, `outcomeUnknown` when nobody can
    ///   tell whether it happened.
    func commit() throws
    /// Whether the open transaction is the only one that writes, so that nothing can change beside what it reads.
    var isAlone: Bool { get }
    /// Makes one of two transactions that call it for the same thing beside each other fail as `undone`: for rules that
    /// read rows which another one writes, and write others.
    func contend(for thing: [UInt8]) throws
    /// Undoes it. Does nothing where none is open.
    func rollback()
    /// Whether the open transaction can still be committed: some failures undo it, or leave nothing but a rollback.
    var isTransactionWhole: Bool { get }
    /// Grows with whatever changes rows. Two equal values: nothing was changed in between.
    var changeCount: Int { get }

    /// Marks a point in the transaction; there is one at a time.
    func savepoint() throws
    /// Undoes what came after the point; that stays.
    func rollbackToSavepoint() throws
    /// Takes the point away and keeps what came after it.
    func releaseSavepoint() throws

    // MARK: Numbers of rows

    /// The last number that was given to a row of a table whose numbers the engine gives (``SQLDialect/id``), as far as
    /// it remembers those of rows that are gone; 0: none was.
    func lastNumber(of table: String) throws -> Int64
    /// Gives numbers behind this one from now on, where it remembers that; those of its rows are never given again.
    func setLastNumber(_ number: Int64, of table: String) throws

    // MARK: Positions of events

    /// A query for one number, behind which the positions of the open transaction's events begin.
    var positionSQL: String { get }
    /// A query for two numbers: no transaction gives a position up to the first any more; none has given one behind the
    /// second.
    var positionsSQL: String { get }
    /// Whether positions follow from the numbers of transactions; else the last one is noted, in one row.
    var numbersTransactions: Bool { get }
    /// Sees to it that positions to come lie behind this one: rows, or the whole database, may have been brought from
    /// elsewhere. Within a transaction.
    func raisePositions(above last: Int64) throws

    // MARK: Room

    /// Room inside the index's own files.
    func room() throws -> SQLRoom
    /// Has the engine give back up to so many free pages, in the open transaction. It may be less, or nothing.
    func giveBack(pages: Int) throws
}

extension SQLSession {
    /// For engines that answer each statement at once.
    package func settle() throws {}
    package func time() throws -> Timestamp? { nil }
    package func begin() throws { try begin(alone: false) }
    /// For engines with one writer.
    package var isAlone: Bool { true }
    package func contend(for thing: [UInt8]) throws {}
    package var isRemote: Bool { false }
    /// For engines with one writer: positions follow one another.
    package var positionSQL: String { "SELECT last FROM log_positions" }
    package var positionsSQL: String { "SELECT last, last FROM log_positions" }
    package var numbersTransactions: Bool { false }
    package func raisePositions(above last: Int64) throws {
        try run("UPDATE log_positions SET last = ?1 WHERE last < ?1") { $0.set(1, last) }
    }
    package func newID(of table: StaticString) throws -> Int64? { nil }
    package func ask(_ questions: [SQLQuestion]) throws {
        for question in questions { try first(question.sql, question.bind, question.read) }
    }

    package func first(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Void) throws {
        try each(sql, bind) { row in
            try read(row)
            return false
        }
    }

    package func run(_ sql: String) throws { try run(sql) { _ in } }

    /// The first row of a query, nil when it gives none.
    package func one<T>(
        _ sql: String, _ bind: (any SQLParameters) -> Void = { _ in }, _ read: (any SQLRow) throws -> T
    ) throws -> T? {
        var found: T?
        try first(sql, bind) { found = try read($0) }
        return found
    }
}

/// Room inside the files of an index.
package struct SQLRoom: Sendable, Hashable {
    /// Pages that hold nothing and can be given back to the disk; 0 for an engine that does that by itself.
    package let freePages: Int
    package let pages: Int
    /// Bytes of a page.
    package let pageSize: Int

    package init(freePages: Int, pages: Int, pageSize: Int) {
        self.freePages = freePages
        self.pages = pages
        self.pageSize = pageSize
    }
}
