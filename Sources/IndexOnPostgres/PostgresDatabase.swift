import Foundation
import Index
import LarderModel
import Synchronization

/// An open index on PostgreSQL: a connection that writes, some that read, and one for the ``PostgresBulletin``.
///
/// Several larders may have it open. When the connection that writes is lost, another is made, which ends what is left
/// of the first one; so whatever that had under way has happened by then, or never will.
///
/// While the server can't be reached nothing is read or written, and a thread tries each quarter of a second. State of
/// this process.
final class PostgresDatabase: SQLDatabase {
    static let readersMax = 4
    /// What may be waited for the answer to a COMMIT.
    static let commitLimit = Duration.seconds(5)
    /// For how long a new connection is tried for to ask what became of a COMMIT.
    static let findingLimit = Duration.seconds(2)
    /// For who has the index to itself, when a connection is lost.
    private static let lockWait = Duration.seconds(2)

    private struct State {
        /// The one that writes, also while the writer's thread uses it; nil: it was lost.
        var writer: PostgresConnection?
        var idle: [PostgresConnection] = []
        var isTrying = false
        var isClosed = false
    }

    let availability = Availability()
    var statistics: SQLStatistics? { opener.statistics }
    let files: [String] = []
    let readerCount = PostgresDatabase.readersMax

    let opener: PostgresOpener
    private let state: Mutex<State>
    /// Held while a writing connection is made: a second one would end it.
    private let opening = Mutex(())
    /// This node's number, and the last that was given to one of its transactions.
    /// nil: it has none yet, and its transactions are such as may be tried again.
    private let numbers = Mutex<(node: Int64, last: Int64)?>(nil)
    let isAlone: Bool
    /// nil: not open.
    let board = Mutex<PostgresBulletin?>(nil)
    /// Signalled at the end.
    private let stop = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - writer: holds the lock.
    ///   - isAlone: whether no other larder may have it open.
    init(_ opener: PostgresOpener, writer: PostgresConnection, isAlone: Bool) {
        self.opener = opener
        self.isAlone = isAlone
        state = Mutex(State(writer: writer))
    }

    // MARK: Reading

    func read<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        do { return try read(on: reader(), body) } catch let failure as SQLFailure where failure.kind == .undone {
            // One that had been lying idle was lost before it answered anything.
            return try read(on: reader(), body)
        }
    }

    private func read<R>(on connection: PostgresConnection, _ body: (any SQLSession) throws -> R) throws -> R {
        let session = PostgresSession(connection: connection, database: nil)
        do {
            try session.begin()
            let result = try body(session)
            try session.endRead()
            keep(connection)
            return result
        } catch {
            session.rollback()
            guard connection.isLost else {
                keep(connection)
                throw error
            }
            dropIdle()
            if connection.isServerGone { goAway("\(error)") }
            if !connection.with({ $0.hasAnswered }) { throw SQLFailure(.undone, "\(error)") }
            throw SQLFailure(.away, "\(error)")
        }
    }

    private func reader() throws -> PostgresConnection {
        try refuseWhileAway()
        if let idle = state.withLock({ $0.idle.popLast() }) { return idle }
        do { return try opener.reader() } catch {
            goAway("\(error)")
            throw SQLFailure(.away, "\(error)")
        }
    }

    private func keep(_ connection: PostgresConnection) {
        state.withLock { state in
            if !state.isClosed, !connection.isLost, state.idle.count < Self.readersMax {
                state.idle.append(connection)
            }
        }
    }

    private func dropIdle() { state.withLock { $0.idle = [] } }

    private func refuseWhileAway() throws(SQLFailure) {
        if let reason = availability.reason { throw SQLFailure(.away, reason) }
    }

    // MARK: Writing

    func write<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        try refuseWhileAway()
        guard let connection = state.withLock({ $0.writer }) else {
            throw SQLFailure(.away, "there is no connection to write with")
        }
        do {
            let result = try body(PostgresSession(connection: connection, database: self))
            if connection.isLost { try? replace(connection) }
            return result
        } catch {
            guard connection.isLost else { throw error }
            try replace(connection)
            guard !availability.isAway else { throw error }
            // Without its COMMIT nothing of it happened.
            guard (error as? SQLFailure)?.kind == .away else { throw error }
            throw SQLFailure(.undone, "\(error)")
        }
    }

    /// Makes a new writing connection where `lost` is still the one; when that can't be, the index is away.
    private func replace(_ lost: PostgresConnection) throws {
        state.withLock { if $0.writer === lost { $0.writer = nil } }
        // The thread that tries makes it.
        guard !availability.isAway else { return }
        guard !lost.isServerGone else { return goAway("the server does not answer") }
        do { try openWriter() } catch {
            goAway("\(error)")
            throw SQLFailure(.away, "\(error)")
        }
    }

    /// Makes a writing connection where there is none.
    private func openWriter(limit: Duration = PostgresConnection.openingLimit) throws {
        try opening.withLock { _ in
            guard state.withLock({ $0.writer == nil && !$0.isClosed }) else { return }
            let writer = try opener.writer(isAlone ? .alone : .shared, waiting: Self.lockWait, limit: limit)
            state.withLock { if !$0.isClosed { $0.writer = writer } }
        }
    }

    func tend(_ moment: SQLUpkeep) throws -> Bool {
        guard case .idle = moment, !availability.isAway else { return false }
        // Says that it is away before anybody asks.
        try? write { try $0.execute("SELECT 1") }
        return false
    }

    // MARK: Numbers of transactions

    func join(as node: Int64) throws {
        let last = try write { session in
            try session.one("SELECT COALESCE(MAX(id), 0) FROM larder_commits WHERE node = ?1") {
                $0.set(1, node)
            } _: {
                $0.int64(0)
            }
        }
        numbers.withLock { $0 = (node, last ?? 0) }
    }

    /// Leaves a number with a transaction that is about to be committed. Of those before it some are kept.
    /// - Returns: nil when it is not numbered.
    func number(in session: PostgresSession) throws -> Int64? {
        let next = numbers.withLock { numbers in
            numbers?.last += 1
            return numbers
        }
        guard let (node, number) = next else { return nil }
        try session.run("INSERT INTO larder_commits (node, id) VALUES (?1, ?2)") {
            $0.set(1, node)
            $0.set(2, number)
        }
        if number % 500 == 0 {
            try session.run("DELETE FROM larder_commits WHERE node = ?1 AND id < ?2") {
                $0.set(1, node)
                $0.set(2, number - 500)
            }
        }
        return number
    }

    /// Whether a transaction whose COMMIT was not answered has happened; where not, it never will. Called by the
    /// writer's thread.
    /// - Throws: ``SQLFailure`` of kind `outcomeUnknown` when the index stays away.
    func hasHappened(_ number: Int64, _ failure: SQLFailure) throws -> Bool {
        state.withLock { $0.writer = nil }
        let node = numbers.withLock { $0?.node }
        let begun = ContinuousClock.now
        while true {
            do {
                try openWriter(limit: .milliseconds(2_500))
                if let writer = state.withLock({ $0.writer }) {
                    let session = PostgresSession(connection: writer, database: nil)
                    return try session.one("SELECT 1 FROM larder_commits WHERE node = ?1 AND id = ?2") {
                        $0.set(1, node)
                        $0.set(2, number)
                    } _: { _ in
                        true
                    } ?? false
                }
            } catch {}
            guard ContinuousClock.now - begun < Self.findingLimit, stop.wait(timeout: .now() + 0.2) == .timedOut else {
                break
            }
        }
        goAway(failure.description)
        throw SQLFailure(.outcomeUnknown, failure.description)
    }

    // MARK: Away

    /// Says that the server can't be reached, and has a thread try until it can.
    private func goAway(_ reason: String) {
        let begins = state.withLock { state in
            state.idle = []
            guard !state.isTrying, !state.isClosed else { return false }
            state.isTrying = true
            return true
        }
        if availability.set(away: reason) { opener.statistics.outages.add() }
        guard begins else { return }
        let thread = Thread { [self] in tryAgain() }
        thread.name = "larder-database"
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func tryAgain() {
        while stop.wait(timeout: .now() + 0.25) == .timedOut {
            do {
                try openWriter()
                keep(try opener.reader())
            } catch { continue }
            state.withLock { $0.isTrying = false }
            availability.set(away: nil)
            return
        }
        // For who else waits.
        stop.signal()
    }

    func close() {
        stop.signal()
        state.withLock { state in
            state.isClosed = true
            state.writer = nil
            state.idle = []
        }
    }
}
