import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a file descriptor of the process is connected to.
struct Terminal: Sendable {
    let descriptor: Int32
    /// Whether a person may be looking.
    let isTerminal: Bool
    /// Whether colours are welcome: on a terminal, unless `NO_COLOR` is set or the terminal is a dumb one.
    let hasColors: Bool
    /// Whether a line can be drawn again in place.
    let canRedraw: Bool

    static let input = Terminal(0)
    static let output = Terminal(1)
    static let error = Terminal(2)

    init(_ descriptor: Int32) {
        let environment = ProcessInfo.processInfo.environment
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        canRedraw = isTerminal && environment["TERM"] != "dumb"
        hasColors = canRedraw && environment["NO_COLOR", default: ""].isEmpty
    }

    /// Columns, asked for each time because windows change; 80 when unknown.
    var columns: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Text that others wrote, made harmless: on a terminal whatever could do something to it, in a pipe what ends a
    /// line.
    func safe(_ text: String) -> String { isTerminal ? TerminalText.escaped(text) : TerminalText.onOneLine(text) }

    /// A name in a list of names. In a pipe one that could be taken for something else stands in quotes, as a JSON
    /// string.
    func name(_ name: String) -> String { isTerminal ? TerminalText.escaped(name) : TerminalText.quoted(name) }

    func styled(_ text: String, _ style: Style) -> String {
        hasColors ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Attributes of text, by their ECMA-48 number.
    enum Style: Int {
        case dim = 2
        case red = 31
        case green = 32
        case cyan = 36
    }
}
