import LarderClient

/// A line of JSON for each event; the run's own events byte for byte.
struct JSONWatchView: WatchView {
    func show(_ event: RunEvent) {
        switch event {
        case .connected(let state, let last): Console.output(#"{"connected":true,"last":\#(last),"state":"\#(state)"}"#)
        case .progress(let event):
            Console.output(#"{"seq":\#(event.seq),"event":\#(String(decoding: event.json, as: UTF8.self))}"#)
        case .gap(let after, let first): Console.output(#"{"gap":{"after":\#(after),"first":\#(first)}}"#)
        case .interrupted: Console.output(#"{"connected":false}"#)
        case .complete: break
        }
    }

    func tick() {}
    func ended(_ state: RunState) { Console.output(#"{"state":"\#(state)"}"#) }
    func close() {}
}
