import CPostgres
import Glibc
import Index
import LarderModel

extension PostgresConnection {
    /// What a connection is for.
    enum Role {
        /// Looks only: what is committed, one state of it for each transaction.
        case reading
        /// Changes rows.
        case writing
    }

    /// What is waited for another node's rows or turn. Two transactions that wait for each other end by this, sooner
    /// than by the server's own look for such a pair.
    static let lockLimit = "500ms"

    /// What may be waited for while the server takes a connection.
    static let openingLimit = Duration.seconds(8)

    /// Opens a connection and sets it up. Blocks.
    /// - Parameters:
    ///   - name: what the server shows of it (`application_name`).
    ///   - statistics: hear of it.
    ///   - isServerThere: asked when the server is silent.
    /// - Throws: ``SQLFailure`` of kind `away` when it can't be had now, `unfit` when it is refused.
    static func open(
        _ address: PostgresAddress, _ role: Role, name: String, _ statistics: SQLStatistics? = nil,
        limit: Duration = openingLimit,
        isServerThere: @escaping @Sendable () -> Bool = { false }
    ) throws(SQLFailure) -> PostgresConnection {
        let handle = try connect(address, name: name, limit)
        larder_pq_silence(handle)
        let connection = PostgresConnection(handle, statistics, isServerThere: isServerThere)
        do {
            try connection.begin()
            try connection.execute(settings(role), .limit(limit))
        } catch {
            throw SQLFailure(error.kind == .away ? .away : .unfit, "\(address.place): \(error.description)")
        }
        return connection
    }

    private static func connect(
        _ address: PostgresAddress, name: String, _ limit: Duration
    ) throws(SQLFailure) -> OpaquePointer {
        var parameters = address.parameters
        parameters["application_name"] = name
        parameters["client_encoding"] = "UTF8"
        // A dead peer is noticed within ten seconds, also by who only waits.
        parameters["tcp_user_timeout"] = "8000"
        parameters["keepalives"] = "1"
        parameters["keepalives_idle"] = "4"
        parameters["keepalives_interval"] = "2"
        parameters["keepalives_count"] = "2"
        let handle = withCStrings(Array(parameters)) { larder_pq_connectStartParams($0, $1, 0) }
        guard let handle else { throw SQLFailure(.away, "\(address.place): there is no memory for a connection") }
        // Its messages then hold the SQLSTATE.
        _ = larder_pq_setErrorVerbosity(handle, PQERRORS_VERBOSE)
        do { try poll(handle, address, limit) } catch {
            larder_pq_finish(handle)
            throw error
        }
        _ = larder_pq_setErrorVerbosity(handle, PQERRORS_DEFAULT)
        return handle
    }

    private static func withCStrings(
        _ pairs: [(key: String, value: String)],
        _ body: ([UnsafePointer<CChar>?], [UnsafePointer<CChar>?]) -> OpaquePointer?
    ) -> OpaquePointer? {
        let keys = pairs.map { strdup($0.key) }, values = pairs.map { strdup($0.value) }
        defer { for text in keys + values { free(text) } }
        return body(keys.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
    }

    private static func poll(_ handle: OpaquePointer, _ address: PostgresAddress, _ limit: Duration) throws(SQLFailure)
    {
        let begun = ContinuousClock.now
        var wanted = PGRES_POLLING_WRITING
        while larder_pq_status(handle) != CONNECTION_BAD {
            var ready = pollfd(
                fd: larder_pq_socket(handle), events: Int16(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT),
                revents: 0)
            let left = limit - (ContinuousClock.now - begun)
            guard left > .zero, Glibc.poll(&ready, 1, Int32(left / .milliseconds(1)) + 1) != 0 else {
                throw SQLFailure(.away, "\(address.place): no connection within \(limit)")
            }
            wanted = larder_pq_connectPoll(handle)
            if wanted == PGRES_POLLING_OK { return }
            if wanted == PGRES_POLLING_FAILED { break }
        }
        throw refusal(handle, address)
    }

    /// Why there is no connection: what may pass is `away`, what is wrong is `unfit`.
    private static func refusal(_ handle: OpaquePointer, _ address: PostgresAddress) -> SQLFailure {
        let said = larder_pq_errorMessage(handle).map { String(cString: $0) } ?? ""
        let message = (said.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no connection")
        guard let state = message.firstMatch(of: #/:  ([0-9A-Z]{5}): /#).map({ String($0.1) }) else {
            // Libpq's own words: of the network, or of how to get in.
            let isWrong = ["password", "SSL", "certificate", "authentication", "GSS", "invalid"]
                .contains { message.contains($0) }
            return SQLFailure(isWrong ? .unfit : .away, "\(address.place): \(message)")
        }
        let isPassing = SQLFailure.kind(state) == .away || SQLFailure.kind(state) == .full
        return SQLFailure(isPassing ? .away : .unfit, "\(address.place): \(message)")
    }

    /// A transaction of a stalled larder holds nobody's rows for longer than ten seconds, and a dead one's lock on the
    /// database goes as fast. No limit on the statements that write: a COMMIT that waits for a standby would be called
    /// done by it.
    ///
    /// Each query is made to go along an index, so that is what the planner is to do, whatever it believes of tables
    /// that it has not counted yet.
    private static func settings(_ role: Role) -> String {
        let isolation =
            PlantedFault.strikes(.twoWinners) && role == .writing ? "read committed" : "repeatable read"
        return """
            SET standard_conforming_strings = on;
            SET idle_in_transaction_session_timeout = '10s';
            SET lock_timeout = '\(lockLimit)';
            SET statement_timeout = \(role == .reading ? "'60s'" : "0");
            SET tcp_user_timeout = '8s';
            SET tcp_keepalives_idle = 4;
            SET tcp_keepalives_interval = 2;
            SET tcp_keepalives_count = 2;
            SET default_transaction_isolation = '\(isolation)';
            SET default_transaction_read_only = \(role == .reading ? "on" : "off");
            SET enable_seqscan = off;
            SET enable_bitmapscan = off;
            SET jit = off;
            SET plan_cache_mode = force_generic_plan;
            """
    }
}
