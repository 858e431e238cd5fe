import LarderClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lines on standard output and standard error, written at once, so that a pipe's reader sees each as it comes.
enum Console {
    /// A line on standard output.
    static func output(_ line: String) { write(line + "\n", to: 1) }
    /// A line on standard error.
    static func error(_ line: String) { write(line + "\n", to: 2) }
    /// A value as one line of JSON on standard output.
    static func json(_ value: some Encodable) throws {
        output(String(decoding: try ClientJSON.encode(value), as: UTF8.self))
    }

    /// Text as it is. A reader that has gone ends the process, as it does with any filter.
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
