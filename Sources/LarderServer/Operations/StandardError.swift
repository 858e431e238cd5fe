import Glibc

/// Whole lines on standard error, also from several threads: one write each.
enum StandardError {
    static func writeLine(_ line: [UInt8]) {
        let bytes = line + [UInt8(ascii: "\n")]
        bytes.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
