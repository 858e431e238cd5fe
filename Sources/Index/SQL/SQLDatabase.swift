/// An open index: one connection that writes, some that read.
///
/// What was committed when a read begins is what it sees, to its end; what is committed later it doesn't.
package protocol SQLDatabase: Sendable {
    /// Reads that may go on at the same time; a further one would wait.
    var readerCount: Int { get }

    /// Whether it can be used now; what can't be used throws ``SQLFailure`` of kind `away` at once.
    var availability: Availability { get }

    /// What it measures of itself; nil: nothing, for it is in this process.
    var statistics: SQLStatistics? { get }

    /// What carries messages between the processes that have it open; nil: this one has it to itself.
    var bulletin: (any SQLBulletin)? { get }

    /// Paths of what is open and must stay in its place; empty for an engine that keeps no files here.
    var files: [String] { get }

    /// Runs `body` in a transaction that reads one state, on a connection that can't write. Blocks.
    /// - Throws: what `body` throws; ``SQLFailure``.
    func read<R>(_ body: (any SQLSession) throws -> R) throws -> R

    /// Runs `body` with the connection that writes; it begins and ends its transactions itself. For one thread at a
    /// time: the writer's. Blocks.
    /// - Throws: what `body` throws; ``SQLFailure``.
    func write<R>(_ body: (any SQLSession) throws -> R) throws -> R

    /// Does what the engine wants done between transactions. Called by the writer's thread; blocks it.
    /// - Returns: whether there was something to do.
    /// - Throws: ``SQLFailure``, only when what it meets must not be passed over. What can wait for the next time
    ///   throws nothing.
    func tend(_ moment: SQLUpkeep) throws -> Bool

    /// Closes all connections. Nothing else is called from then on. Blocks.
    func close()
}

extension SQLDatabase {
    /// For engines in this process.
    package var statistics: SQLStatistics? { nil }
    package var bulletin: (any SQLBulletin)? { nil }

    /// How often a transaction is tried that the engine takes back.
    private static var attemptsMax: Int { 5 }

    /// Runs `body` in a transaction that writes, and again where the engine took it back: it must not have effects of
    /// its own. For before there is a writer's thread. Blocks.
    func inTransaction<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        var attempts = 0
        while true {
            do {
                return try write { session in
                    try session.begin()
                    do {
                        let result = try body(session)
                        try session.settle()
                        try session.commit()
                        return result
                    } catch {
                        session.rollback()
                        throw error
                    }
                }
            } catch let failure as SQLFailure
                where [.undone, .constraint].contains(failure.kind) && attempts < Self.attemptsMax
            {
                attempts += 1
            }
        }
    }
}

/// When the writer's thread asks an engine to tend to itself.
package enum SQLUpkeep: Sendable {
    /// After a transaction.
    /// - Parameter isScattered: a job changes rows all over the index beside the work of clients, who wait meanwhile:
    ///   better little and often.
    case afterTransaction(isScattered: Bool)
    /// Nothing has been written for some seconds.
    case idle
    /// A transaction found the disk full: what can be moved within the room that is there makes some for the next one.
    case full
    /// The last thing before ``SQLDatabase/close()``.
    case closing
}
