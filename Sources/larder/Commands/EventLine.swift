import FoundationEssentials
import LarderClient

/// An event of a log as a line for people: `12  2026-05-10T06:12:47Z  user  Where to?` where it has a role and a
/// content, else its JSON.
struct EventLine {
    let line: Line

    init(_ event: LoggedEvent) {
        let fields = event.fields
        let time = event.at.map { Human.time($0) + "  " } ?? ""
        let head = Line("\(event.seq)  \(time)", .dim)
        guard let role = fields["role"]?.string, let content = fields["content"]?.string else {
            line = head + Line(String(decoding: event.json, as: UTF8.self))
            return
        }
        line = head + Line(role, role == "user" ? .cyan : .green) + Line("  \(content)")
    }
}
