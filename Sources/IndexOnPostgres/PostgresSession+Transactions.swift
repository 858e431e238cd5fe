import CPostgres
import Index

extension PostgresSession {
    func begin() throws {
        connection.with { state in
            state.isInTransaction = true
            state.isBroken = false
            state.hasAnswered = false
            state.cursors = 0
            state.changesAtBegin = state.changes
        }
        try connection.send("BEGIN")
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
        guard let database, let number, try database.hasHappened(number, failure) else {
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
