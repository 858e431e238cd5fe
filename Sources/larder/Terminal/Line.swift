/// A line for people, parts of which have colours. What it says may come from anybody: it is made harmless where it is
/// shown.
struct Line {
    private var parts: [(text: String, style: Terminal.Style?)]

    init(_ text: String, _ style: Terminal.Style? = nil) { parts = [(text, style)] }

    static func + (a: Line, b: Line) -> Line {
        var sum = a
        sum.parts += b.parts
        return sum
    }

    /// As it is written to a terminal, or into a pipe.
    func shown(on terminal: Terminal) -> String {
        parts.map { text, style in
            let safe = terminal.safe(text)
            return style.map { terminal.styled(safe, $0) } ?? safe
        }.joined()
    }
}
