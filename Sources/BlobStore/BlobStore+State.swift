import Disk
import Index
package import LarderModel
import Logging
import Synchronization

/// Whether the store takes writes, and what is told of that.
extension BlobStore {
    /// Why nothing is written any more until a restart; nil while all is well.
    package var readOnlyReason: LarderError? { index.readOnlyReason }

    /// Why nothing is written for a while; nil: it is.
    package var pauseReason: LarderError? { index.pauseReason }

    /// Refuses writes for a while, but changes that are `.evenWhilePaused`; reads go on.
    package func pauseWriting(_ reason: LarderError) { index.pauseWriting(reason) }
    package func resumeWriting() { index.resumeWriting() }

    /// What who looks at the server's state hears while the index can't be reached; nil while it can.
    package var awayReason: LarderError? { index.availability.isAway ? Self.away : nil }

    private static let away = LarderError(
        .unavailable, "The server can't reach its database; it goes on by itself once that is back. Its log says more.")

    /// Asks an index that lies behind a network whether it answers, at most four times a second, whoever asks.
    /// - Throws: `LarderError` `.unavailable`.
    package func checkIndex() async throws {
        guard isShared else { return }
        if let reason = awayReason { throw reason }
        let now = ContinuousClock.now
        let isDue = indexCheckedAt.withLock { last in
            if let known = last, now - known < Self.indexCheckEvery { return false }
            last = now
            return true
        }
        guard isDue else { return }
        do { try await index.read { try $0.touch() } } catch {
            indexCheckedAt.withLock { $0 = nil }
            throw Self.away
        }
    }

    private static let indexCheckEvery = Duration.milliseconds(250)

    /// Adds one who hears when the index goes away (true) and is back (false); it must not block.
    package func observeAvailability(_ observer: @escaping @Sendable (_ isAway: Bool) -> Void) {
        index.availability.observe { observer($0 != nil) }
    }

    /// Has the log tell when the index goes away and is back.
    func logAvailability() {
        index.availability.observe { [logger] reason in
            if let reason {
                logger.error("the database can't be reached: nothing is answered", metadata: ["cause": "\(reason)"])
            } else {
                logger.notice("the database is back")
            }
        }
    }

    /// Changes that wait for the writer.
    package var writeQueueDepth: Int { index.queueDepth }

    /// Looks how much room the disk has, and whether the data directory is still the one that was opened.
    package func sampleDisk() async {
        try? await pool.run { [self] in
            if index.readOnlyReason == nil, let path = directory.movedAway() { stopWriting(astray: path) }
            diskGuard.sample()
            if index.readOnlyReason == nil { reserve.fill(diskGuard) }
        }
    }

    private func stopWriting(astray path: String) {
        logger.critical(
            "something else lies in the place of an open file: no more writes until a restart",
            metadata: ["path": "\(path)"])
        index.stopWriting(
            LarderError(
                .readOnly,
                "The server's data directory was moved or replaced under it, so it takes no writes until "
                    + "it is restarted; reads go on.",
                cause: "\(path) is not what was opened"))
    }

    /// Says whether a job rewrites pages all over the index while clients are at work: checkpoints are then smaller, so
    /// that clients wait less.
    package func setScatteredWork(_ isGoingOn: Bool) { index.setScatteredWork(isGoingOn) }

    /// What who writes hears of a failure. A failed fsync ends all writing until a restart; everything else concerns
    /// one write only.
    package func writeFailure(_ error: any Error) -> LarderError {
        if let failure = error as? FileSystem.SyncFailure {
            logger.critical("an fsync failed: no more writes until a restart", metadata: ["error": "\(failure)"])
            index.stopWriting(cause: failure.description)
            return index.readOnlyReason ?? .wrapping(error)
        }
        if let failure = error as? FileSystem.Failure { return failure.larderError }
        return .wrapping(error)
    }

    /// What who reads hears of a failure. The log hears of damage.
    func readFailure(_ error: any Error) -> LarderError {
        let error = LarderError.wrapping(error)
        if error.code == .corruptEntry {
            logger.error("a stored object is damaged", metadata: ["cause": "\(error.cause ?? "")"])
        }
        return error
    }
}
