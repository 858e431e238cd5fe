import Synchronization

/// One line at the bottom of a terminal that is drawn again in place. Anything else that is printed meanwhile goes
/// through ``print(_:)``.
final class LiveLine: Sendable {
    private let terminal: Terminal
    private let shown = Mutex<String?>(nil)

    init(_ terminal: Terminal) { self.terminal = terminal }

    /// Shows this text, made harmless and cut to the terminal's width.
    func draw(_ text: String) {
        shown.withLock { shown in
            let line = TerminalText.cut(terminal.safe(text), toColumns: terminal.columns - 1)
            shown = line
            Console.write("\r\(line)\u{1B}[K", to: terminal.descriptor)
        }
    }

    /// A line that stays, above the live one.
    func print(_ line: Line) {
        let text = line.shown(on: terminal)
        shown.withLock { shown in
            let again = shown.map { "\($0)\u{1B}[K" } ?? ""
            Console.write("\r\u{1B}[K\(text)\n\(again)", to: terminal.descriptor)
        }
    }

    /// Takes the line away.
    func clear() {
        shown.withLock { shown in
            if shown != nil { Console.write("\r\u{1B}[K", to: terminal.descriptor) }
            shown = nil
        }
    }
}
