import CPostgres
import Glibc
import Index
import LarderModel
import Synchronization

/// One connection, always in libpq's pipeline mode: what is handed over waits for no answer, and ``answers(_:)`` reads
/// them all in their order. Used by one thread at a time; blocks it, never longer than its ``Patience``.
///
/// libpq's own waiting is not used: it has no limit.
final class PostgresConnection: Sendable {
    /// After so long without a byte from the server it is asked by another way whether it is still there.
    static let silence = Duration.seconds(4)
    /// The longest wait for one answer.
    static let answerLimit = Duration.seconds(60)
    /// Statements under way without an answer being waited for; the next one waits for all.
    static let pendingMax = 256

    struct Statement: Sendable {
        let name: String
        let types: [Oid]
    }

    struct State {
        /// By their text; as many as there are in the sources.
        var statements: [String: Statement] = [:]
        /// Commands whose answers are still to be read.
        var pending = 0
        /// Commands before those, which a sync has closed already.
        var owed = 0
        /// Rows changed, and statements handed over that may have changed some.
        var changes = 0
        var changesAtBegin = 0
        var isInTransaction = false
        /// Whether no other transaction that writes is under way beside it.
        var isAlone = false
        /// A statement of the transaction failed: only a rollback is left.
        var isBroken = false
        /// Whether anything of the transaction was answered.
        var hasAnswered = false
        var cursors = 0
        /// Numbers for new rows that the server has set aside, by table.
        var ids: [String: [Int64]] = [:]
        /// Why there is no connection any more.
        var loss: String?
        /// Whether the server could not be reached by another way either.
        var isServerGone = false
    }

    /// The address of libpq's connection: this type is shared between threads, one after the other.
    private let address: UInt
    private let state = Mutex(State())
    /// Asks the server by another way whether it is there.
    private let isServerThere: @Sendable () -> Bool
    private let statistics: SQLStatistics?

    /// - Parameter handle: open; closed with this.
    init(_ handle: OpaquePointer, _ statistics: SQLStatistics?, isServerThere: @escaping @Sendable () -> Bool) {
        address = UInt(bitPattern: handle)
        self.statistics = statistics
        self.isServerThere = isServerThere
    }

    deinit { larder_pq_finish(handle) }

    var handle: OpaquePointer? { OpaquePointer(bitPattern: address) }

    func with<R: Sendable>(_ body: (inout State) -> R) -> R { state.withLock { body(&$0) } }

    var isLost: Bool { with { $0.loss != nil } }
    var isServerGone: Bool { with { $0.isServerGone } }

    /// The connection is of no more use.
    func failing(_ doing: String) -> SQLFailure {
        let message = larder_pq_errorMessage(handle).map { String(cString: $0).trimmingLineEnd } ?? ""
        return lose(message.isEmpty ? doing : message)
    }

    private func lose(_ why: String) -> SQLFailure {
        with { $0.loss = $0.loss ?? why }
        return SQLFailure(.away, "the connection to PostgreSQL was lost: \(why)")
    }

    /// To be called once, before anything else.
    func begin() throws(SQLFailure) {
        guard larder_pq_setnonblocking(handle, 1) == 0, larder_pq_enterPipelineMode(handle) == 1 else {
            throw failing("pipeline mode")
        }
    }

    // MARK: Handing over

    /// Hands a statement without parameters over, which is not kept prepared.
    func send(_ sql: String) throws(SQLFailure) {
        try sent(larder_pq_sendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1))
    }

    /// Hands a kept statement over.
    func send(_ statement: Statement, _ parameters: PostgresParameters) throws(SQLFailure) {
        if let misfit = parameters.misfit { throw misfit }
        try sent(
            parameters.withValues { values, lengths, formats in
                larder_pq_sendQueryPrepared(
                    handle, statement.name, Int32(values.count), values, lengths, formats, 1)
            })
    }

    /// The same for one that is not kept, with parameters of the same types as those of a kept one.
    func send(_ sql: String, like statement: Statement, _ parameters: PostgresParameters) throws(SQLFailure) {
        if let misfit = parameters.misfit { throw misfit }
        try sent(
            parameters.withValues { values, lengths, formats in
                larder_pq_sendQueryParams(
                    handle, sql, Int32(values.count), statement.types, values, lengths, formats, 1)
            })
    }

    private func sent(_ result: Int32) throws(SQLFailure) {
        guard result == 1 else { throw failing("a statement could not be handed over") }
        with { $0.pending += 1 }
    }

    /// The statement, kept prepared from its first use on.
    /// - Parameter sql: with parameters as `?1`, which become `$1`.
    func prepared(_ sql: String) throws(SQLFailure) -> Statement {
        let (known, count) = with { ($0.statements[sql], $0.statements.count) }
        if let known { return known }
        try settle()
        let name = "s\(count)"
        try sent(larder_pq_sendPrepare(handle, name, Self.numbered(sql), 0, nil))
        try sent(larder_pq_sendDescribePrepared(handle, name))
        let answers = try answers()
        if let failure = answers.failure { throw failure }
        let statement = Statement(name: name, types: answers.last?.parameterTypes ?? [])
        with { $0.statements[sql] = statement }
        return statement
    }

    /// `?1` as `$1`. No statement has a question mark that means anything else.
    static func numbered(_ sql: String) -> String { sql.replacing("?", with: "$") }

    // MARK: Answers

    struct Answers {
        /// The answer to the last command; nil when there was none.
        var last: PostgresResult?
        /// The first failure, and how many commands came before it.
        var failure: SQLFailure?
        var failed = 0
        /// Those to the last commands, as many as were to be kept.
        var kept: [PostgresResult] = []
    }

    /// Reads the answers to all that was handed over.
    /// - Throws: ``SQLFailure`` of kind `away` when the connection is lost. A statement that failed is in what is
    ///   returned; those behind it were not carried out.
    /// - Parameter keeping: the answers to so many of the last commands are in what is returned.
    func answers(_ patience: Patience = .whileReachable, keeping: Int = 0) throws(SQLFailure) -> Answers {
        var answers = Answers()
        let begun = ContinuousClock.now
        try readAnswers(into: &answers, patience, keeping: keeping)
        statistics?.answerSeconds.observe((ContinuousClock.now - begun).seconds)
        return answers
    }

    /// The same; `answers` holds what was heard also when the connection is lost.
    func readAnswers(into answers: inout Answers, _ patience: Patience, keeping: Int = 0) throws(SQLFailure) {
        if let loss = with({ $0.loss }) { throw lose(loss) }
        let (count, owed) = with { ($0.pending, $0.owed) }
        guard larder_pq_pipelineSync(handle) == 1 else { throw failing("a sync could not be handed over") }
        if owed > 0 {
            var passed = Answers()
            try readGroup(of: owed, into: &passed, patience)
            with { $0.owed = 0 }
        }
        try readGroup(of: count, into: &answers, patience, keeping: keeping)
        with { state in
            state.pending = 0
            state.hasAnswered = true
        }
    }

    private func readGroup(
        of count: Int, into answers: inout Answers, _ patience: Patience, keeping: Int = 0
    ) throws(SQLFailure) {
        for i in 0..<count {
            while let result = try next(patience) {
                try take(result, number: i, &answers)
                answers.last = result
            }
            if i >= count - keeping, let last = answers.last { answers.kept.append(last) }
        }
        guard let marker = try next(patience), marker.status == PGRES_PIPELINE_SYNC else {
            throw lose("its answers got out of order")
        }
    }

    /// Sends what was handed over, whose answers nobody needs: the next ``answers(_:)`` passes over them.
    func leave() throws(SQLFailure) {
        guard larder_pq_pipelineSync(handle) == 1 else { throw failing("a sync could not be handed over") }
        with { state in
            state.owed = state.pending
            state.pending = 0
        }
        guard larder_pq_flush(handle) >= 0 else { throw failing("what was handed over could not be sent") }
    }

    private func take(_ result: PostgresResult, number: Int, _ answers: inout Answers) throws(SQLFailure) {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            let rows = result.changedRows
            if rows > 0 { with { $0.changes += rows } }
        case PGRES_PIPELINE_ABORTED: break
        default:
            let failure = SQLFailure(result)
            if answers.failure == nil { (answers.failure, answers.failed) = (failure, number) }
            with { $0.isBroken = true }
            // The session is over.
            if failure.kind == .away { throw lose(failure.description) }
        }
    }

    /// Waits for the answers to all that was handed over.
    /// - Throws: the first failure.
    func settle() throws(SQLFailure) {
        guard with({ $0.pending + $0.owed > 0 }) else { return }
        if let failure = try answers().failure { throw failure }
    }

    /// The next answer, nil at the end of those to one command.
    private func next(_ patience: Patience) throws(SQLFailure) -> PostgresResult? {
        let begun = ContinuousClock.now
        var asked = begun
        while larder_pq_isBusy(handle) == 1 {
            let now = ContinuousClock.now
            switch patience {
            case .limit(let limit) where now - begun > limit: throw lose("no answer within \(limit)")
            case .whileReachable where now - begun > Self.answerLimit:
                throw lose("no answer within \(Self.answerLimit)")
            case .whileReachable where now - asked > Self.silence:
                guard isServerThere() else {
                    with { $0.isServerGone = true }
                    throw lose("the server does not answer")
                }
                asked = ContinuousClock.now
            default: break
            }
            try waitForSocket()
        }
        guard let pointer = larder_pq_getResult(handle) else {
            if larder_pq_status(handle) == CONNECTION_BAD { throw failing("the connection broke") }
            return nil
        }
        let result = PostgresResult(pointer)
        guard larder_pq_status(handle) != CONNECTION_BAD || result.status != PGRES_FATAL_ERROR else {
            throw lose(SQLFailure(result).description)
        }
        return result
    }

    /// Writes what libpq has to write and reads what there is; waits for that a quarter of a second at most.
    private func waitForSocket() throws(SQLFailure) {
        let unwritten = larder_pq_flush(handle)
        guard unwritten >= 0 else { throw failing("what was handed over could not be sent") }
        var ready = pollfd(
            fd: larder_pq_socket(handle), events: Int16(POLLIN) | (unwritten == 1 ? Int16(POLLOUT) : 0), revents: 0)
        guard poll(&ready, 1, 250) >= 0 || errno == EINTR else { throw lose(String(cString: strerror(errno))) }
        guard ready.revents & ~Int16(POLLOUT) != 0 else { return }
        guard larder_pq_consumeInput(handle) == 1 else { throw failing("nothing could be read") }
    }

    // MARK: Scripts

    /// Runs statements separated by semicolons.
    func execute(_ script: String, _ patience: Patience = .whileReachable) throws(SQLFailure) {
        try settle()
        guard larder_pq_exitPipelineMode(handle) == 1, larder_pq_sendQuery(handle, script) == 1 else {
            throw failing("a script could not be handed over")
        }
        var answers = Answers()
        while let result = try next(patience) { try take(result, number: 0, &answers) }
        guard larder_pq_enterPipelineMode(handle) == 1 else { throw failing("pipeline mode") }
        if let failure = answers.failure { throw failure }
    }
}
