package import Disk
package import LarderModel
package import Logging
import Synchronization

/// Keeps watch over the wall clock while the server runs, and remembers across starts when it was last believed: in
/// `<data>/clock`.
package final class ClockGuard: Sendable {
    /// Between two looks; and between two writes of the mark.
    static let lookEvery = Duration.seconds(60), markEvery = Duration.seconds(600)

    private struct State {
        var watch: ClockWatch?
        var finding = ClockWatch.Finding.trusted
        var markedAt: Duration?
    }

    private let path: String
    private let clock: WallClock
    private let uptime: @Sendable () -> Duration
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter uptime: time that passes whatever the clock is set to.
    package init(directory: DataDirectory, clock: WallClock, uptime: (@Sendable () -> Duration)? = nil, logger: Logger)
    {
        path = directory.clockMarkPath
        self.clock = clock
        self.logger = logger
        let begun = ContinuousClock.now
        self.uptime = uptime ?? { ContinuousClock.now - begun }
    }

    /// Whether the clock was in doubt at the last check.
    package var isInDoubt: Bool { state.withLock { $0.finding != .trusted } }

    /// Compares the clock with the time that passed. Blocks for a small file at times: a mark that can't be read or
    /// written costs no more than the comparison with the last run.
    /// - Returns: whether the clock is believed.
    @discardableResult
    package func check() -> Bool {
        let (before, after, mark) = state.withLock { state in
            let wall = clock.now(), uptime = self.uptime()
            var watch = state.watch ?? ClockWatch(mark: readMark(), wall: wall, uptime: uptime)
            let before = state.finding
            state.finding = watch.judge(wall: wall, uptime: uptime)
            state.watch = watch
            let isMarkDue = state.finding == .trusted && state.markedAt.map { uptime - $0 >= Self.markEvery } ?? true
            if isMarkDue { state.markedAt = uptime }
            return (before, state.finding, isMarkDue ? watch.expected(at: uptime) : nil)
        }
        if let mark { writeMark(mark) }
        tell(before, after)
        return after == .trusted
    }

    private func tell(_ before: ClockWatch.Finding, _ after: ClockWatch.Finding) {
        switch (before, after) {
        case (.trusted, .doubted(let ahead)):
            logger.warning(
                "the clock has jumped ahead: no cleanup starts by itself until it is set right or 24 hours have passed",
                metadata: ["clock": "\(clock.now())", "ahead": "\(ahead.components.seconds) s"])
        case (.doubted, .trusted): logger.notice("the clock is believed again", metadata: ["clock": "\(clock.now())"])
        default: break
        }
    }

    // MARK: The mark

    /// Nil where there is none, or none that can be read.
    private func readMark() -> Timestamp? {
        guard let bytes = try? FileSystem.readFile(path, limit: 64) else { return nil }
        return Int64(String(decoding: bytes, as: UTF8.self).prefix { $0.isASCII && $0.isNumber }).map {
            Timestamp(milliseconds: $0)
        }
    }

    /// Milliseconds since 1970, as text. Not synced: a mark that a power cut takes away is one that was not there.
    private func writeMark(_ mark: Timestamp) {
        let temporary = path + ".new"
        do {
            let descriptor = try FileSystem.create(temporary)
            defer { FileSystem.close(descriptor) }
            try Array("\(mark.milliseconds)\n".utf8).withUnsafeBytes {
                try FileSystem.write($0, to: descriptor, path: temporary)
            }
            try FileSystem.rename(temporary, to: path)
        } catch { logger.debug("the clock's mark can't be written", metadata: ["cause": "\(error)"]) }
    }
}
