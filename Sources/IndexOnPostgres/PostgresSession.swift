import CPostgres
import Index
import LarderModel

/// A connection to PostgreSQL as the index uses it.
///
/// What gives no rows is handed over and not waited for: it travels with the next statement whose answer is needed, or
/// with the commit. So a change of an entry waits for as many answers as it has questions.
struct PostgresSession: SQLSession {
    /// Rows of a cursor's first step, and of later ones; fewer when they are large.
    private static let firstStep = 100, stepMax = 4_000
    /// Bytes that one step of a cursor may bring, about.
    private static let stepBytes = 4 << 20

    let connection: PostgresConnection
    /// Who numbers transactions and finds out what became of one; nil: none is numbered.
    let database: PostgresDatabase?

    // MARK: Statements

    func run(_ sql: String, _ bind: (any SQLParameters) -> Void) throws {
        try handOver(sql, bind)
        let mustSettle = connection.with { state in
            state.changes += 1
            return !state.isInTransaction || state.pending >= PostgresConnection.pendingMax
        }
        if mustSettle { try connection.settle() }
    }

    func change(_ sql: String, _ bind: (any SQLParameters) -> Void) throws -> Int {
        try answer(sql, bind)?.changedRows ?? 0
    }

    func insert(_ sql: String, _ bind: (any SQLParameters) -> Void) throws -> Int64? {
        guard let result = try answer(sql + " RETURNING id", bind), result.rowCount == 1 else { return nil }
        return PostgresRow(result: result, row: 0).int64(0)
    }

    func first(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Void) throws {
        guard let result = try answer(sql, bind), result.rowCount > 0 else { return }
        try result.checkColumns()
        try read(PostgresRow(result: result, row: 0))
    }

    func each(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Bool) throws {
        // A cursor needs a transaction and a query; what else gives rows gives few.
        if connection.with({ $0.isInTransaction }), sql.hasPrefix("SELECT") { return try step(sql, bind, read) }
        guard let result = try answer(sql, bind) else { return }
        _ = try give(result, read)
    }

    let isRemote = true

    func time() throws -> Timestamp? {
        try one("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)") { $0.timestamp(0) }
    }

    // MARK: Positions

    /// The number of a transaction, and within it the number of an event: who sees that no older transaction is under
    /// way has seen all positions below it. Nobody waits for a row. `larder_positions` says what is added.
    private static func position(_ transaction: String) -> String {
        "base + (CAST(CAST(\(transaction) AS TEXT) AS BIGINT) - first) * \(1 << positionBits)"
    }
    private static let positionBits = 20

    let positionSQL = "SELECT \(position("pg_current_xact_id()")) FROM larder_positions"
    let positionsSQL = """
        SELECT \(position("pg_snapshot_xmin(pg_current_snapshot())")),
            \(position("pg_snapshot_xmax(pg_current_snapshot())")) FROM larder_positions
        """
    let numbersTransactions = true

    func raisePositions(above last: Int64) throws {
        try run(
            """
            INSERT INTO larder_positions (id, base, first)
            VALUES (1, ?1, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)) ON CONFLICT (id) DO NOTHING
            """
        ) { $0.set(1, last) }
        try run(
            """
            UPDATE larder_positions SET base = ?1, first = CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)
            WHERE \(Self.position("pg_current_xact_id()")) < ?1
            """
        ) { $0.set(1, last) }
    }

    // MARK: Together

    func ask(_ questions: [SQLQuestion]) throws {
        guard !questions.isEmpty else { return }
        // A statement that is new waits for its own answer, and would take those before it.
        for question in questions { _ = try connection.prepared(question.sql) }
        for question in questions { try handOver(question.sql, question.bind) }
        let answers = try connection.answers(keeping: questions.count)
        if let failure = answers.failure { throw failure }
        for (question, result) in zip(questions, answers.kept) where result.rowCount > 0 {
            try result.checkColumns()
            try question.read(PostgresRow(result: result, row: 0))
        }
    }

    /// Numbers that are set aside at once.
    private static let idsAtOnce = 500

    func newID(of table: StaticString) throws -> Int64? {
        let table = table.description
        if let id = connection.with({ $0.ids[table]?.popLast() }) { return id }
        let sql = "SELECT nextval(pg_get_serial_sequence(?1, 'id')) FROM generate_series(1, ?2)"
        guard
            let result = try answer(
                sql,
                {
                    $0.set(1, table)
                    $0.set(2, Self.idsAtOnce)
                })
        else { return nil }
        var ids: [Int64] = []
        _ = try give(result) {
            ids.append($0.int64(0))
            return true
        }
        // The smallest is given first.
        ids.reverse()
        let id = ids.popLast()
        let left = ids
        connection.with { $0.ids[table] = left }
        return id
    }

    func execute(_ script: String) throws { try connection.execute(script) }

    func settle() throws { try connection.settle() }

    private func handOver(_ sql: String, _ bind: (any SQLParameters) -> Void) throws(SQLFailure) {
        let statement = try connection.prepared(sql)
        let parameters = PostgresParameters(statement.types)
        bind(parameters)
        try connection.send(statement, parameters)
    }

    private func answer(_ sql: String, _ bind: (any SQLParameters) -> Void) throws(SQLFailure) -> PostgresResult? {
        try handOver(sql, bind)
        return try answer()
    }

    private func answer() throws(SQLFailure) -> PostgresResult? {
        let answers = try connection.answers()
        if let failure = answers.failure { throw failure }
        return answers.last
    }

    /// - Returns: whether more rows are wanted.
    private func give(_ result: PostgresResult, _ read: (any SQLRow) throws -> Bool) throws -> Bool {
        try result.checkColumns()
        for row in 0..<result.rowCount where try !read(PostgresRow(result: result, row: Int32(row))) { return false }
        return true
    }

    // MARK: Cursors

    /// Gives the rows of a query step by step: many are never in memory together, and who stops early does not wait for
    /// the others.
    private func step(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Bool) throws {
        let statement = try connection.prepared(sql)
        let parameters = PostgresParameters(statement.types)
        bind(parameters)
        let number = connection.with { state in
            state.cursors += 1
            return state.cursors
        }
        let cursor = "c\(number)"
        let query = PostgresConnection.numbered(sql)
        try connection.send("DECLARE \(cursor) NO SCROLL CURSOR FOR \(query)", like: statement, parameters)
        defer {
            // One that only reads is soon over. A failure is heard of with the next answer.
            if database != nil, isTransactionWhole { try? connection.send("CLOSE \(cursor)") }
        }
        var count = Self.firstStep
        while true {
            try connection.send("FETCH FORWARD \(count) FROM \(cursor)")
            guard let result = try answer(), try give(result, read), result.rowCount == count else { return }
            let rowBytes = max(result.byteCount / result.rowCount, 1)
            count = min(max(Self.stepBytes / rowBytes, 8), Self.stepMax)
        }
    }

    // MARK: Numbers of rows

    private static let sequence = "CAST(pg_get_serial_sequence(?1, 'id') AS regclass)"

    func lastNumber(of table: String) throws -> Int64 {
        try one("SELECT COALESCE(pg_sequence_last_value(\(Self.sequence)), 0)") {
            $0.set(1, table)
        } _: {
            $0.int64(0)
        } ?? 0
    }

    /// Not undone with the transaction: whoever sets it again sets the same.
    func setLastNumber(_ number: Int64, of table: String) throws {
        // Never behind a row that is there.
        let last = try one("SELECT COALESCE(MAX(id), 0) FROM \(table)") { $0.int64(0) } ?? 0
        _ = try one("SELECT setval(\(Self.sequence), ?2, ?3 = 1)") {
            $0.set(1, table)
            $0.set(2, max(number, last, 1))
            $0.set(3, max(number, last) > 0 ? 1 : 0)
        } _: { _ in
        }
    }

    // MARK: Room

    func room() throws -> SQLRoom {
        let bytes = try one("SELECT pg_database_size(current_database())") { $0.int(0) } ?? 0
        return SQLRoom(freePages: 0, pages: bytes / 8_192, pageSize: 8_192)
    }

    /// The server's own vacuum does it.
    func giveBack(pages: Int) throws {}
}
