import ArgumentParser

/// A kind of value that options take. It has one name in all help texts, and one sentence for what is none.
enum ValueKind: String, CaseIterable {
    case duration
    /// A duration, or `off`.
    case interval
    /// A number of bytes.
    case size
    /// A point in time.
    case moment

    private var words: String {
        switch self {
        case .duration: "is no duration; write 90s, 15m, 24h, 30d"
        case .interval: "is no duration; write 90s, 15m, 24h, 30d, or off"
        case .size: "is no size; write 500KB, 10MB, 1GB"
        case .moment: "is no time; write 2026-05-10 or 2026-05-10T06:12:47Z"
        }
    }

    /// A parser's message in our words, where it is about a value of such a kind.
    static func explain(_ message: String) -> String {
        guard let match = message.firstMatch(of: /The value '(.*)' is invalid for '(-.*) <([a-z]+)>'/),
            let kind = ValueKind(rawValue: String(match.3))
        else { return message }
        return "\(match.2): '\(match.1)' \(kind.words)."
    }
}

extension ArgumentHelp {
    static func duration(_ text: String) -> ArgumentHelp { ArgumentHelp("\(text)", valueName: "duration") }
    static func interval(_ text: String) -> ArgumentHelp { ArgumentHelp("\(text)", valueName: "interval") }
    static func size(_ text: String) -> ArgumentHelp { ArgumentHelp("\(text)", valueName: "size") }
    static func moment(_ text: String) -> ArgumentHelp { ArgumentHelp("\(text)", valueName: "moment") }
}
