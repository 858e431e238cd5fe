import LarderClient
import struct LarderModel.JSONWriter

/// A line of JSON for each event; the run's own events byte for byte.
struct JSONWatchView: WatchView {
    func show(_ event: RunEvent) {
        switch event {
        case .connected(let state, let last):
            line {
                $0.field("connected", true)
                $0.field("last", last)
                $0.field("state", "\(state)")
            }
        case .progress(let event):
            line {
                $0.field("seq", event.seq)
                $0.field("event", raw: event.json)
            }
        case .gap(let after, let first):
            line { $0.gap(after: after, first: first) }
        case .interrupted: line { $0.field("connected", false) }
        case .complete: break
        }
    }

    func tick() {}
    func ended(_ state: RunState) { line { $0.field("state", "\(state)") } }
    func close() {}

    private func line(_ write: (inout JSONWriter) -> Void) {
        var out = JSONWriter()
        out.object(write)
        Console.json(out.bytes)
    }
}
