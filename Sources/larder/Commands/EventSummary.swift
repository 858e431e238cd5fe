import Foundation
import LarderClient

/// The customary fields of an event (contract §4.3), harmless to a terminal.
struct EventSummary: Sendable {
    var agent: String
    var status: String
    var message: String
    /// 0 to 100.
    var percent: Double?
    var time: Date?

    init(_ event: LoggedEvent) {
        let fields = event.fields
        func text(_ name: String) -> String { TerminalText.escaped(fields[name]?.string ?? "") }
        agent = text("agent")
        status = text("status")
        message = text("message")
        percent = fields["progress"]?.double.map { min(max($0, 0), 100) }
        time = Self.time(fields["timestamp"])
    }

    /// ISO 8601, or milliseconds since 1970.
    private static func time(_ value: JSONValue?) -> Date? {
        value?.string.flatMap { ClientJSON.date($0) } ?? value?.double.map { Date(timeIntervalSince1970: $0 / 1000) }
    }

    /// `director completed 40%  the message`
    var line: String {
        let head = [agent, status, percent.map { "\(Int($0))%" } ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        return [head, message].filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
