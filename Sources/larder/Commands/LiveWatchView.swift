import Foundation
import LarderClient
import Synchronization

/// A bar with the stage, the time and the last message, drawn again in place; a stage that is done leaves a line above
/// it.
final class LiveWatchView: WatchView {
    private struct State {
        var current: EventSummary?
        var percent = 0.0
        var began: Date
        var stageBegan: Date
        /// Why there is no connection; nil while there is one.
        var trouble: String?
    }

    private let title: String
    private let line = LiveLine(.output)
    private let state: Mutex<State>

    init(title: String) {
        self.title = TerminalText.escaped(title)
        state = Mutex(State(began: Date(), stageBegan: Date()))
        tick()
    }

    func show(_ event: RunEvent) {
        switch event {
        case .connected: state.withLock { $0.trouble = nil }
        case .progress(let event): take(EventSummary(event), isFirst: event.seq == 1)
        case .gap(let after, let first): line.print(Line("events \(after + 1) to \(first - 1) are gone"))
        case .interrupted(let reason, let wait):
            state.withLock { $0.trouble = "\(TerminalText.escaped(reason)) Trying again in \(Human.clock(wait))." }
        case .complete: break
        }
        tick()
    }

    private func take(_ event: EventSummary, isFirst: Bool) {
        let finished = state.withLock { state -> Line? in
            let now = event.time ?? Date()
            let isNewStage = state.current?.agent != event.agent
            let finished = isNewStage ? state.current.map { stageLine($0, state.stageBegan, now) } : nil
            if isNewStage { state.stageBegan = now }
            if isFirst { state.began = now }
            state.current = event
            if let percent = event.percent { state.percent = percent }
            return finished
        }
        if let finished { line.print(finished) }
    }

    private func stageLine(_ stage: EventSummary, _ began: Date, _ now: Date) -> Line {
        let isBad = ["failed", "error"].contains(stage.status)
        let mark = Line(isBad ? "✗" : "✓", isBad ? .red : .green)
        let time = Human.clock(.seconds(now.timeIntervalSince(began)))
        let text = "\(stage.agent.isEmpty ? "-" : stage.agent)  \(time)  \(stage.message)"
        return mark + Line(" " + TerminalText.cut(text, toColumns: Terminal.output.columns - 3))
    }

    func tick() { line.draw(picture()) }

    private func picture() -> String {
        state.withLock { state in
            let elapsed = Human.clock(.seconds(Date().timeIntervalSince(state.began)))
            let bar = Bar.picture(state.percent / 100, columns: min(30, max(8, Terminal.output.columns / 4)))
            let head = "\(title) \(bar) \(Int(state.percent))% \(elapsed)"
            if let trouble = state.trouble { return "\(head)  \(trouble)" }
            guard let current = state.current else { return "\(head)  waiting for the first event" }
            let stage = [current.agent, current.status].filter { !$0.isEmpty }.joined(separator: " ")
            return [head, stage, current.message].filter { !$0.isEmpty }.joined(separator: "  ")
        }
    }

    func ended(_ state: RunState) {
        let last = self.state.withLock { current in
            current.current.map { stageLine($0, current.stageBegan, $0.time ?? Date()) }
        }
        if let last { line.print(last) }
        line.clear()
        Console.output(Line("\(title) ") + Line("\(state)", state == .completed ? .green : .red))
    }

    func close() { line.clear() }
}
