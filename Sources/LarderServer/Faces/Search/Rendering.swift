import LarderModel
import Vaults

/// How hits are put into a text that a model reads: newest first, each with how long ago it was said.
struct Rendering: Sendable {
    enum Form: String, Sendable, CaseIterable { case xml, markdown, brackets, text }

    let form: Form
    /// Unicode scalars / 4, rounded up; nil: as many as the hits have.
    let maxTokens: Int?

    private static let tokensRange: ClosedRange<Int64> = 1...1_000_000

    /// - Throws: `LarderError` `.malformedRequest`.
    init(json: [UInt8]) throws(LarderError) {
        let fields = try JSONFields(json, known: ["as", "maxTokens"], maxDepth: .max)
        guard let form = Form(rawValue: try fields.string("as") ?? Form.xml.rawValue) else {
            throw LarderError(.malformedRequest, "render: as is xml, markdown, brackets or text.")
        }
        self.form = form
        let tokens = try fields.integer("maxTokens")
        guard tokens.map(Self.tokensRange.contains) ?? true else {
            throw LarderError(.malformedRequest, "render: maxTokens is a whole number from 1 to 1000000.")
        }
        maxTokens = tokens.map(Int.init)
    }

    /// - Parameter hits: best first: of those that don't fit, the last are left out.
    func text(of hits: [SearchAnswer.Hit], now: Timestamp) -> (text: String, tokens: Int) {
        var kept = hits
        while true {
            let text = frame(kept.sorted(by: Self.isNewer).map { line($0, now) })
            let tokens = Self.tokens(text)
            if kept.isEmpty || tokens <= maxTokens ?? .max { return (text, tokens) }
            kept.removeLast()
        }
    }

    static func tokens(_ text: String) -> Int { (text.unicodeScalars.count + 3) / 4 }

    private static func isNewer(_ a: SearchAnswer.Hit, _ b: SearchAnswer.Hit) -> Bool {
        if a.at != b.at { return a.at > b.at }
        if a.sequence != b.sequence { return a.sequence ?? 0 > b.sequence ?? 0 }
        return a.key.bytes.lexicographicallyPrecedes(b.key.bytes)
    }

    private func frame(_ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        let body = lines.joined(separator: "\n")
        return switch form {
        case .xml: "<memory_context>\n\(body)\n</memory_context>"
        case .markdown: "## Relevant memory\n\n\(body)"
        case .brackets: "[MEMORY_CONTEXT]\n\(body)\n[/MEMORY_CONTEXT]"
        case .text: body
        }
    }

    private func line(_ hit: SearchAnswer.Hit, _ now: Timestamp) -> String {
        let when = "\(Self.ago(hit.at, now)) (\(Self.date(hit.at)))"
        let role = hit.role.map { "\(data(String(decoding: $0, as: UTF8.self))): " } ?? ""
        return "- \(when) \(role)\(data(String(decoding: hit.text, as: UTF8.self)))"
    }

    /// What was said is data: it can't close the frame, nor begin a line of its own.
    private func data(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch (scalar, form) {
            case ("<", .xml): out.append(contentsOf: "&lt;".unicodeScalars)
            case (">", .xml): out.append(contentsOf: "&gt;".unicodeScalars)
            case ("&", .xml): out.append(contentsOf: "&amp;".unicodeScalars)
            case ("[", .brackets): out.append("(")
            case ("]", .brackets): out.append(")")
            case ("\n", _), ("\r", _), ("\u{2028}", _), ("\u{2029}", _), ("\u{85}", _), ("\u{B}", _), ("\u{C}", _):
                out.append(" ")
            default: out.append(scalar)
            }
        }
        return String(out)
    }

    // MARK: Times

    static func ago(_ at: Timestamp, _ now: Timestamp) -> String {
        let seconds = (now.milliseconds - at.milliseconds) / 1_000
        let steps: [(Int64, String)] = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        for (length, name) in steps where abs(seconds) >= length {
            let count = abs(seconds) / length
            let words = "\(count) \(name)\(count == 1 ? "" : "s")"
            return seconds < 0 ? "in \(words)" : "\(words) ago"
        }
        return seconds < 0 ? "in a moment" : "just now"
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun 1 Feb, 15:15`, in UTC.
    static func date(_ at: Timestamp) -> String {
        let text = at.iso8601
        let day = Int((at.day % 7 + 7) % 7)
        let month = Int(text.dropFirst(5).prefix(2)).map { months[$0 - 1] } ?? ""
        let date = Int(text.dropFirst(8).prefix(2)) ?? 0
        return "\(days[day]) \(date) \(month), \(text.dropFirst(11).prefix(5))"
    }
}
