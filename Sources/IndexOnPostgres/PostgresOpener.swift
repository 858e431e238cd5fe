import Index

/// Makes connections for one larder and the database it serves.
struct PostgresOpener: Sendable {
    let address: PostgresAddress
    /// Of this process, chosen at random: its connections go by it.
    let owner: String
    let statistics = SQLStatistics()

    private var writerName: String { "larder \(owner) writer" }
    private var bulletinName: String { "larder \(owner) bulletin" }

    func reader() throws(SQLFailure) -> PostgresConnection {
        try PostgresConnection.open(
            address, .reading, name: "larder \(owner) reader", statistics, isServerThere: isServerThere)
    }

    /// Asks on a connection of its own.
    func isServerThere() -> Bool {
        do {
            let connection = try PostgresConnection.open(
                address, .reading, name: "larder \(owner) probe", limit: .seconds(3))
            try connection.execute("SELECT 1", .limit(.seconds(3)))
            return true
        } catch { return false }
    }

    /// The connection that writes; what is left of an earlier one of this process is ended first, and nothing of it
    /// happens any more.
    /// - Parameter wait: for who has the index to itself.
    /// - Throws: ``SQLFailure``: `away`; `unfit` when somebody has the index to itself all that time.
    func writer(_ sharing: Sharing, waiting wait: Duration, limit: Duration = PostgresConnection.openingLimit)
        throws(SQLFailure) -> PostgresConnection
    {
        let connection = try bareWriter(limit: limit)
        try lock(sharing, .index, on: connection, waiting: wait)
        return connection
    }

    /// The same without a lock.
    func bareWriter(limit: Duration = PostgresConnection.openingLimit) throws(SQLFailure) -> PostgresConnection {
        let connection = try PostgresConnection.open(
            address, .writing, name: writerName, statistics, limit: limit, isServerThere: isServerThere)
        let session = PostgresSession(connection: connection, database: nil)
        try session.checkPrimary(address.place)
        try endOthers(named: writerName, session)
        return connection
    }

    /// Ends the earlier connections of this process with that name that the server still has, and waits until they are
    /// gone: what one of them had under way has happened then, or never will, and its locks are free.
    private func endOthers(named name: String, _ session: PostgresSession) throws(SQLFailure) {
        let milliseconds = Int(Self.endingLimit / .milliseconds(1))
        var isOver: Bool?
        do {
            isOver = try session.one(
                """
                SELECT COALESCE(bool_and(pg_terminate_backend(pid, \(milliseconds))), TRUE) FROM pg_stat_activity
                WHERE application_name = '\(name)' AND pid <> pg_backend_pid() AND datname = current_database()
                """
            ) { $0.int(0) == 1 }
        } catch { throw error as? SQLFailure ?? SQLFailure(.other, "\(error)") }
        guard isOver == true else {
            throw SQLFailure(.away, "\(address.place): an old connection could not be ended within \(Self.endingLimit)")
        }
    }

    private static let endingLimit = Duration.seconds(5)

    /// The connection of the bulletin. One that was lost on its way to the server, which has not noticed, still holds
    /// the lock of the node's number there: it is ended first.
    func bulletin() throws(SQLFailure) -> PostgresConnection {
        let connection = try PostgresConnection.open(
            address, .writing, name: bulletinName, isServerThere: isServerThere)
        try endOthers(named: bulletinName, PostgresSession(connection: connection, database: nil))
        return connection
    }

    // MARK: Locks

    /// Advisory locks, for each schema others. The first number of each is of «lard» in ASCII and those behind it.
    enum Lock: Int {
        /// Who has the index open: nodes share it; what needs the index to itself does not.
        case index = 0x6C61_7264
        /// Who brings the tables up to date.
        case migrations = 0x6C61_7265
    }

    enum Sharing: String {
        case shared = "_shared"
        case alone = ""
    }

    /// Takes a lock for as long as the connection lasts.
    /// - Throws: ``SQLFailure`` of kind `unfit` when others hold it all that time.
    func lock(_ sharing: Sharing, _ lock: Lock, on connection: PostgresConnection, waiting wait: Duration)
        throws(SQLFailure)
    {
        let milliseconds = Int(wait / .milliseconds(1))
        do {
            try connection.execute(
                """
                SET lock_timeout = '\(milliseconds)ms';
                SELECT pg_advisory_lock\(sharing.rawValue)(\(lock.rawValue), hashtext(current_schema()));
                SET lock_timeout = '\(PostgresConnection.lockLimit)';
                """, .limit(wait + .seconds(2)))
        } catch {
            guard error.kind == .undone else { throw error }
            throw SQLFailure(
                .unfit,
                sharing == .alone
                    ? "\(address.place) is served by a larder; stop it first"
                    : "\(address.place) is being migrated, copied or verified, which needs it alone; wait for that")
        }
    }

    func unlock(_ sharing: Sharing, _ lock: Lock, on connection: PostgresConnection) throws(SQLFailure) {
        try connection.execute(
            "SELECT pg_advisory_unlock\(sharing.rawValue)(\(lock.rawValue), hashtext(current_schema()));")
    }
}
