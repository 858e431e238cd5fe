import CConsolePages
import Hashing

/// A file of the console, `Console/` in the repository, that the binary carries.
///
/// They come in through C's `#embed`: SwiftPM's own embedding makes a Swift array literal of every file, which takes
/// the compiler ten seconds for 60 KB.
package struct ConsolePage: Sendable {
    /// Below `/console/`, for instance `views/entry.js`.
    package let path: String
    package let bytes: [UInt8]
    /// Hexadecimal; differs for other content.
    package let version: String

    /// Every file of the console.
    package static let all: [ConsolePage] = {
        var count = 0
        let pages = UnsafeBufferPointer(start: larder_console_pages(&count), count: count)
        return pages.map { page in
            let bytes = Array(UnsafeBufferPointer(start: page.bytes, count: page.size))
            let version = SHA256.hash(data: bytes).prefix(12).map { byte in
                let digits = String(byte, radix: 16)
                return digits.utf8.count == 2 ? digits : "0" + digits
            }
            return ConsolePage(path: String(cString: page.path), bytes: bytes, version: version.joined())
        }
    }()
}
