import LarderModel

/// Answers to appends with an `Idempotency-Key`. Each costs the same however many are kept: they are numbered within
/// their log, so that the oldest are found by their numbers, and those of an emptied log are told by their sequence
/// numbers and go with the time.
extension IndexTransaction {
    private static let replyLifetime = Duration.seconds(24 * 3_600)

    /// What was answered to a key, with the run's state of now; nil: it is new.
    /// - Throws: `LarderError` `.idempotencyMismatch` when it came with another body.
    func reply(_ row: LogRow, _ key: IdempotencyKey) throws -> AppendResult? {
        let found = try db.one(
            """
            SELECT first, last, count, body FROM log_replies
            WHERE log = ?1 AND idempotency_key = ?2 AND created_at > ?3 AND first >= ?4
            """
        ) {
            $0.set(1, row.id)
            $0.set(2, key.text)
            $0.set(3, now - Self.replyLifetime)
            $0.set(4, row.begin)
        } _: {
            (
                AppendResult(first: $0.int64(0), last: $0.int64(1), count: $0.int(2), state: row.head.state),
                body: $0.bytesIfAny(3)
            )
        }
        guard let (reply, body) = found else { return nil }
        // Of an answer of an older version the body is not known.
        guard body == nil || body == key.body else {
            throw LarderError(
                .idempotencyMismatch,
                "This Idempotency-Key came with another body before; a new request takes a new key. "
                    + "Nothing was appended."
            )
        }
        return reply
    }

    /// Keeps the answer, and lets go of what is older than a day or beyond the bound, a little each time.
    func remember(_ result: AppendResult, _ log: Int64, _ key: IdempotencyKey, _ bounds: LogBounds) throws {
        let newest = try db.one("SELECT MAX(number) FROM log_replies WHERE log = ?1") {
            $0.set(1, log)
        } _: {
            $0.int64(0)
        }
        let number = (newest ?? 0) + 1
        try db.run(
            """
            INSERT INTO log_replies (log, idempotency_key, first, last, count, created_at, number, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (log, idempotency_key) DO UPDATE SET
                first = ?3, last = ?4, count = ?5, created_at = ?6, number = ?7, body = ?8
            """
        ) {
            $0.set(1, log)
            $0.set(2, key.text)
            $0.set(3, result.first)
            $0.set(4, result.last)
            $0.set(5, result.count)
            $0.set(6, now)
            $0.set(7, number)
            $0.set(8, key.body)
        }
        try db.run(
            """
            DELETE FROM log_replies WHERE (log, idempotency_key) IN
                (SELECT log, idempotency_key FROM log_replies WHERE created_at < ?1 ORDER BY created_at LIMIT 4)
            """
        ) { $0.set(1, now - Self.replyLifetime) }
        try db.run("DELETE FROM log_replies WHERE log = ?1 AND number <= ?2") {
            $0.set(1, log)
            $0.set(2, number - Int64(bounds.replies))
        }
    }
}
