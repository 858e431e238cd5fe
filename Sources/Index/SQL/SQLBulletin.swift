/// Carries short messages between all processes that have one index open, and keeps a process's claim to a number while
/// that lives. It has a connection and a thread of its own; what is called there must not block.
///
/// A message may be lost, and comes more often than it was sent after a lost connection: the rows are the truth.
package protocol SQLBulletin: Sendable {
    /// Claims a number among the processes of this index, and begins. Blocks.
    /// - Returns: false when another living process has that number.
    /// - Throws: ``SQLFailure``.
    func open(as number: Int64, for reader: any SQLBulletinReader) throws -> Bool

    /// Whether a process that lives has a number. One that died has it until the server has noticed. Blocks.
    /// - Throws: ``SQLFailure``.
    func isClaimed(_ number: Int64) throws -> Bool

    /// Has ``SQLBulletinReader/message()`` asked for what is to be sent, soon. Never blocks.
    func wake()

    /// Gives the number up and ends the thread. Blocks.
    func leave()
}

/// Who writes and reads a ``SQLBulletin``. Called on its thread.
package protocol SQLBulletinReader: Sendable {
    /// Called every two seconds, and after each new connection, outside of a transaction.
    /// - Throws: whatever; it is called again.
    func beat(_ session: any SQLSession) throws

    /// What is to be sent now: at most ``SQLBulletinLimit/bytesMax`` bytes of UTF-8; nil: nothing.
    func message() -> String?

    /// What was sent, by this process too.
    func heard(_ message: String)

    /// Messages may have been lost: there is a new connection.
    func mayHaveMissed()
}

package enum SQLBulletinLimit {
    /// PostgreSQL takes fewer than 8,000 bytes in one `NOTIFY`.
    package static let bytesMax = 7_900
    package static let beatEvery = Duration.seconds(2)
}
