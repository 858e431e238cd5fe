import Synchronization

/// The progress of a transfer on standard error: a bar on a terminal, a plain line now and then elsewhere. Short
/// transfers show nothing.
final class ProgressBar: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant
        var wasShown = false
    }

    private let label: String
    private let totalBytes: Int64?
    private let terminal: Terminal
    private let line: LiveLine
    private let isPlainSilent: Bool
    private let started = ContinuousClock.now
    private let state: Mutex<State>

    private var interval: Duration { terminal.canRedraw ? .milliseconds(100) : .seconds(5) }

    /// - Parameters:
    ///   - label: what is under way; made harmless here.
    ///   - totalBytes: nil when unknown.
    ///   - isPlainSilent: whether nothing at all is said off a terminal (`--json`).
    init(_ label: String, totalBytes: Int64?, terminal: Terminal = .error, isPlainSilent: Bool) {
        self.label = TerminalText.escaped(label)
        self.totalBytes = totalBytes
        self.terminal = terminal
        self.isPlainSilent = isPlainSilent
        line = LiveLine(terminal)
        // The first picture comes late, so that what is quick stays quiet.
        state = Mutex(State(lastShown: started + .milliseconds(300)))
    }

    /// So much is done. May be called often and from any thread.
    func update(_ doneBytes: Int64) {
        guard terminal.canRedraw || !isPlainSilent else { return }
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            guard now - state.lastShown >= interval else { return false }
            state.lastShown = now
            state.wasShown = true
            return true
        }
        guard isDue else { return }
        if terminal.canRedraw { line.draw(picture(doneBytes, at: now)) } else { Console.error(plain(doneBytes)) }
    }

    /// It is over, well or not: the bar goes away.
    func finish() { line.clear() }

    private func plain(_ doneBytes: Int64) -> String {
        let done = Human.bytes(doneBytes)
        guard let totalBytes, totalBytes > 0 else { return "\(label): \(done)" }
        return "\(label): \(doneBytes * 100 / totalBytes)% (\(done) of \(Human.bytes(totalBytes)))"
    }

    private func picture(_ doneBytes: Int64, at now: ContinuousClock.Instant) -> String {
        let seconds = max(
            0.001, Double((now - started).components.seconds) + Double((now - started).components.attoseconds) / 1e18)
        let rate = Double(doneBytes) / seconds
        let speed = Human.bytes(Int64(rate)) + "/s"
        let name = TerminalText.cut(label, toColumns: max(8, terminal.columns / 3))
        guard let totalBytes, totalBytes > 0 else {
            return "\(name)  \(Human.bytes(doneBytes))  \(speed)  \(Human.clock(.seconds(seconds)))"
        }
        let fraction = Double(doneBytes) / Double(totalBytes)
        let left = rate > 0 ? Human.clock(.seconds(Double(totalBytes - doneBytes) / rate)) + " left" : ""
        let numbers =
            " \(Int(fraction * 100))%  \(Human.bytes(doneBytes)) of \(Human.bytes(totalBytes))  \(speed)  \(left)"
        let room = terminal.columns - 2 - TerminalText.width(name) - TerminalText.width(numbers)
        return room >= 8 ? "\(name) \(Bar.picture(fraction, columns: min(room, 40)))\(numbers)" : "\(name)\(numbers)"
    }
}
