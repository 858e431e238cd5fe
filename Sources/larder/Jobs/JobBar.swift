import LarderClient
import Synchronization

/// How far a job or a transfer of many things is: a bar on a terminal, a plain line every five seconds elsewhere, on
/// standard error.
final class JobBar: Sendable {
    /// How far it is.
    struct Progress: Sendable {
        var done: Int64
        /// 0: unknown.
        var total: Int64
        var bytes: Int64
    }

    private let label: String
    private let unit: String
    private let terminal: Terminal
    private let line: LiveLine
    private let isPlainSilent: Bool
    private let started = ContinuousClock.now
    private let lastShown: Mutex<ContinuousClock.Instant>

    /// - Parameters:
    ///   - label: what is under way; made harmless here.
    ///   - unit: what is counted.
    ///   - isPlainSilent: whether nothing at all is said off a terminal (`--json`).
    init(_ label: String, unit: String, isPlainSilent: Bool, terminal: Terminal = .error) {
        self.label = TerminalText.escaped(label)
        self.unit = unit
        self.terminal = terminal
        self.isPlainSilent = isPlainSilent
        line = LiveLine(terminal)
        // The first picture comes late, so that what is quick stays quiet.
        lastShown = Mutex(started + .milliseconds(300))
    }

    func update(_ job: Job) {
        update(Progress(done: job.progress.done, total: job.progress.total, bytes: job.progress.bytes ?? 0))
    }

    /// May be called often and from any thread.
    func update(_ progress: Progress) {
        guard terminal.canRedraw || !isPlainSilent else { return }
        let now = ContinuousClock.now
        let interval: Duration = terminal.canRedraw ? .milliseconds(100) : .seconds(5)
        let isDue = lastShown.withLock { last in
            guard now - last >= interval else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        if terminal.canRedraw { line.draw(picture(progress, at: now)) } else { Console.error(plain(progress)) }
    }

    /// It is over, well or not: the bar goes away.
    func finish() { line.clear() }

    private func plain(_ progress: Progress) -> String {
        let counts = progress.total > 0 ? "\(progress.done) of \(progress.total) \(unit)" : "\(progress.done) \(unit)"
        return "\(label): \(counts), \(Human.bytes(progress.bytes))"
    }

    private func picture(_ progress: Progress, at now: ContinuousClock.Instant) -> String {
        let elapsed = now - started
        let seconds = max(0.001, Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
        let speed = "\(Human.bytes(Int64(Double(progress.bytes) / seconds)))/s"
        guard progress.total > 0 else {
            return
                "\(label)  \(progress.done) \(unit)  \(Human.bytes(progress.bytes))  \(speed)  \(Human.clock(elapsed))"
        }
        let fraction = Double(progress.done) / Double(progress.total)
        let left = fraction > 0 ? Human.clock(.seconds(seconds / fraction * (1 - fraction))) + " left" : ""
        let numbers =
            """
             \(Int(fraction * 100))%  \(progress.done) of \(progress.total) \(unit)  \(Human.bytes(progress.bytes))  \
             \(speed)  \(left)
            """
        let room = terminal.columns - 2 - TerminalText.width(label) - TerminalText.width(numbers)
        return room >= 8 ? "\(label) \(Bar.picture(fraction, columns: min(room, 40)))\(numbers)" : "\(label)\(numbers)"
    }
}
