import LarderClient

/// A line for each event.
struct PlainWatchView: WatchView {
    func show(_ event: RunEvent) {
        switch event {
        case .connected, .complete: break
        case .progress(let event): Console.output("\(event.seq)  \(EventSummary(event).line)")
        case .gap(let after, let first): Console.output("events \(after + 1) to \(first - 1) are gone")
        case .interrupted(let reason, let wait):
            Console.error("larder: \(reason) Trying again in \(Human.clock(wait)).")
        }
    }

    func tick() {}
    func ended(_ state: RunState) { Console.output("\(state)") }
    func close() {}
}
