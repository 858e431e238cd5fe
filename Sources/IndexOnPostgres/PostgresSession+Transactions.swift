import CPostgres
import Index
import LarderModel

extension PostgresSession {
    func begin(alone: Bool) throws {
        connection.with { state in
            state.isInTransaction = true
            state.isAlone = alone
            state.isBroken = false
            state.hasAnswered = false
            state.cursors = 0
            state.changesAtBegin = state.changes
        }
        try connection.send("BEGIN")
        guard database != nil else { return }
        // Whoever wants to be alone waits for those who are under way.
        if alone { try connection.send("SET LOCAL lock_timeout = '10s'") }
        // A lock of a table is taken before the transaction's state of the index is: whoever had to wait for it sees
        // what others have committed meanwhile.
        try connection.send("LOCK TABLE larder_turns IN \(alone ? "EXCLUSIVE" : "ROW SHARE") MODE")
    }

    var isAlone: Bool { connection.with { $0.isAlone } }

    /// Things that contend share this many rows.
    private static let turns = 1_024

    func contend(for thing: [UInt8]) throws {
        guard !isAlone else { return }
        let hash = thing.reduce(UInt64(5_381)) { $0 &* 33 &+ UInt64($1) }
        try run(
            """
            INSERT INTO larder_turns AS t (id, taken) VALUES (?1, 1)
            ON CONFLICT (id) DO UPDATE SET taken = t.taken + 1
            """
        ) { $0.set(1, Int64(hash % UInt64(Self.turns))) }
    }

    func rollback() {
        guard connection.with({ $0.isInTransaction }) else { return }
        connection.with { $0.isInTransaction = false }
        // A connection that is lost by it takes the transaction with it.
        do {
            _ = try connection.answers()
            try connection.send("ROLLBACK")
            _ = try connection.answers()
        } catch {}
        connection.with { $0.isBroken = false }
    }

    var isTransactionWhole: Bool { connection.with { $0.isInTransaction && !$0.isBroken && $0.loss == nil } }
    var changeCount: Int { connection.with { $0.changes } }

    func savepoint() throws { try connection.send("SAVEPOINT change") }

    func rollbackToSavepoint() throws {
        // What failed before is what it undoes.
        _ = try connection.answers()
        try connection.send("ROLLBACK TO SAVEPOINT change")
        if let failure = try connection.answers().failure { throw failure }
        connection.with { $0.isBroken = false }
    }

    func releaseSavepoint() throws { try connection.send("RELEASE SAVEPOINT change") }

    /// Commits. What changed something leaves the number of its transaction in the index: should the answer be lost, it
    /// says what became of it.
    func commit() throws {
        guard connection.with({ $0.isInTransaction }) else {
            throw SQLFailure(.other, "there is no transaction to commit")
        }
        let hasChanged = connection.with { $0.changes != $0.changesAtBegin }
        let number = try hasChanged ? database?.number(in: self) : nil
        let before = connection.with { $0.pending }
        do { try connection.send("COMMIT") } catch {
            // Perhaps a part of it is on its way.
            return try lost(number, error)
        }
        connection.with { $0.isInTransaction = false }
        var answers = PostgresConnection.Answers()
        do { try connection.readAnswers(into: &answers, .limit(PostgresDatabase.commitLimit)) } catch {
            guard let failure = answers.failure, answers.failed < before else { return try lost(number, error) }
            throw SQLFailure(.undone, failure.description)
        }
        if let failure = answers.failure {
            rollBackWhatFailed()
            // Of what went before it, each change is to hear for itself.
            throw failure.kind == .full ? failure : SQLFailure(.undone, failure.description)
        }
        guard answers.last?.tag == "COMMIT" else {
            throw SQLFailure(.undone, "the transaction had failed before it was committed")
        }
    }

    /// The COMMIT was not carried out: the transaction is still open.
    private func rollBackWhatFailed() {
        connection.with { $0.isInTransaction = true }
        rollback()
    }

    /// Nobody has said whether the COMMIT was carried out.
    private func lost(_ number: Int64?, _ failure: SQLFailure) throws {
        connection.with { $0.isInTransaction = false }
        let isBlind = PlantedFault.strikes(.repeatBatch)
        guard !isBlind, let database, let number, try database.hasHappened(number, failure) else {
            throw SQLFailure(.undone, failure.description)
        }
    }
}

extension PostgresSession {
    /// Ends a transaction that has only read, without waiting for that.
    func endRead() throws(SQLFailure) {
        try connection.settle()
        connection.with { $0.isInTransaction = false }
        try connection.send("COMMIT")
        try connection.leave()
    }
}
