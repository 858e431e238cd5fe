import LarderClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What commands print, written at once, so that a pipe's reader sees each line as it comes. Lines and JSON are made
/// harmless here, for all commands: a line stays one line, and text that others wrote does nothing to a terminal.
enum Console {
    /// A line on standard output.
    static func output(_ line: Line) { write(line.shown(on: .output) + "\n", to: 1) }
    static func output(_ line: String) { output(Line(line)) }
    /// Lines on standard output, in one call: a call for each of many would take longer than to make them.
    static func output(_ lines: [Line]) {
        guard !lines.isEmpty else { return }
        write(lines.map { $0.shown(on: .output) + "\n" }.joined(), to: 1)
    }
    static func output(_ lines: [String]) { output(lines.map { Line($0) }) }

    /// A line on standard error.
    static func error(_ line: String) { write(Line(line).shown(on: .error) + "\n", to: 2) }

    /// A value as one line of JSON on standard output.
    static func json(_ value: some Encodable) throws { json(try ClientJSON.encode(value)) }
    /// JSON text on one line.
    static func json(_ bytes: [UInt8], to terminal: Terminal = .output) {
        json(part: bytes, to: terminal)
        write("\n", to: terminal.descriptor)
    }
    /// A part of JSON text that goes on.
    static func json(part bytes: [UInt8], to terminal: Terminal = .output) {
        let text = String(decoding: bytes, as: UTF8.self)
        write(terminal.isTerminal ? TerminalText.escapedJSON(text) : text, to: terminal.descriptor)
    }

    /// Text as it is: for what is all our own, and for names that end with a NUL. A reader that has gone ends the
    /// process, as it does with any filter.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                exit(descriptor == 2 ? 0 : ExitStatus.failed.rawValue)
            }
            rest = rest.dropFirst(written)
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ from: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, from, count)
}
