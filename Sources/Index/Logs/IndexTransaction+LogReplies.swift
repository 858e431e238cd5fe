import LarderModel

extension IndexTransaction {
    /// Idempotency keys are kept this long, and no more than ``repliesMax`` of a log.
    private static let replyLifetime = Duration.seconds(24 * 3_600)
    private static let repliesMax = 1_000

    func reply(_ log: Int64, _ key: [UInt8]) throws -> AppendResult? {
        try db.one(
            "SELECT first, last, count FROM log_replies WHERE log = ?1 AND idempotency_key = ?2 AND created_at > ?3"
        ) {
            $0.set(1, log)
            $0.set(2, key)
            $0.set(3, now - Self.replyLifetime)
        } _: {
            AppendResult(first: $0.int64(0), last: $0.int64(1), count: $0.int(2))
        }
    }

    /// Keeps the answer, and lets go of what is older than a day or beyond the bound, a little each time.
    func remember(_ result: AppendResult, _ log: Int64, _ key: [UInt8]) throws {
        try db.run(
            """
            INSERT INTO log_replies (log, idempotency_key, first, last, count, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (log, idempotency_key) DO UPDATE SET first = ?3, last = ?4, count = ?5, created_at = ?6
            """
        ) {
            $0.set(1, log)
            $0.set(2, key)
            $0.set(3, result.first)
            $0.set(4, result.last)
            $0.set(5, result.count)
            $0.set(6, now)
        }
        try db.run(
            """
            DELETE FROM log_replies WHERE (log, idempotency_key) IN
                (SELECT log, idempotency_key FROM log_replies WHERE created_at < ?1 ORDER BY created_at LIMIT 4)
            """
        ) { $0.set(1, now - Self.replyLifetime) }
        // An append of nothing moves no number, but leaves an answer too.
        if result.count == 0 || result.last / 100 != (result.last - Int64(result.count)) / 100 {
            try db.run(
                """
                DELETE FROM log_replies WHERE log = ?1 AND idempotency_key NOT IN
                    (SELECT idempotency_key FROM log_replies WHERE log = ?1 ORDER BY created_at DESC, last DESC LIMIT ?2)
                """
            ) {
                $0.set(1, log)
                $0.set(2, Self.repliesMax)
            }
        }
    }
}
