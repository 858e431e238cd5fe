import Index

/// Makes connections for one larder and the database it serves.
struct PostgresOpener: Sendable {
    /// The advisory lock of who writes, for each schema another one; the first number is «lard» in ASCII.
    private static let lock = "pg_advisory_lock(\(0x6C61_7264), hashtext(current_schema()))"

    let address: PostgresAddress
    /// Of this process, chosen at random: its connections go by it.
    let owner: String
    let statistics = SQLStatistics()

    private var writerName: String { "larder \(owner) writer" }

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

    /// The connection that writes, with the lock; what is left of an earlier one of this process is ended first, and
    /// nothing of it happens any more.
    /// - Parameter wait: for another larder that holds the lock; its connection may be on its way out.
    /// - Throws: ``SQLFailure``: `away`; `unfit` when another larder holds it all that time.
    func writer(waiting wait: Duration, limit: Duration = PostgresConnection.openingLimit) throws(SQLFailure)
        -> PostgresConnection
    {
        let connection = try PostgresConnection.open(
            address, .writing, name: writerName, statistics, limit: limit, isServerThere: isServerThere)
        let session = PostgresSession(connection: connection, database: nil)
        try session.checkPrimary(address.place)
        try connection.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = '\(writerName)' AND pid <> pg_backend_pid() AND datname = current_database();
            """)
        let milliseconds = Int(wait / .milliseconds(1))
        do {
            try connection.execute(
                """
                SET lock_timeout = '\(milliseconds)ms'; SELECT \(Self.lock); SET lock_timeout = '10s';
                """, .limit(wait + .seconds(2)))
        } catch {
            guard error.kind == .undone else { throw error }
            throw SQLFailure(
                .unfit,
                "\(address.place) is served by another larder; stop that one, or give this one a database of its own")
        }
        return connection
    }

    // MARK: Who has written last

    /// Writes down that this process is the one that writes now.
    func claim(_ session: PostgresSession) throws {
        try session.run(
            "INSERT INTO larder_server (id, owner) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET owner = ?1"
        ) { $0.set(1, owner) }
        try session.settle()
    }

    /// Makes sure that no other larder has written since this process claimed it: what is in memory here would be
    /// wrong.
    /// - Throws: ``SQLFailure`` of kind `unfit`.
    func checkClaim(_ session: PostgresSession) throws {
        let last = try session.one("SELECT owner FROM larder_server WHERE id = 1") { $0.string(0) }
        guard last != owner else { return }
        throw SQLFailure(.unfit, "another larder has served \(address.place) meanwhile; restart this one")
    }
}
