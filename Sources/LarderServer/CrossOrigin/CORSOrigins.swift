package import LarderModel

/// The origins whose pages may read answers (`--cors-origin`). Pages of all others may not, which is the default for
/// everybody.
///
/// Exact origins only. Cookies play no part: such a page brings a token or a signed URL, and
/// `Access-Control-Allow-Credentials` is never sent.
package struct CORSOrigins: Sendable, Equatable {
    package let origins: Set<String>
    package static let none = CORSOrigins(origins: [])

    private init(origins: Set<String>) { self.origins = origins }

    /// - Throws: `LarderError` with the line to show, for what is no origin.
    package init(_ texts: [String]) throws(LarderError) {
        var origins: Set<String> = []
        for text in texts { origins.insert(try Self.origin(text)) }
        self.origins = origins
    }

    /// As browsers write it: lower case, without a default port.
    private static func origin(_ text: String) throws(LarderError) -> String {
        guard text != "*" else {
            throw LarderError(
                .malformedRequest,
                "--cors-origin '*' would let every web page in; name each origin, such as https://app.example")
        }
        let lower = text.lowercased()
        let scheme = ["https://", "http://"].first { lower.hasPrefix($0) }
        guard let scheme,
            let host = authority(lower.dropFirst(scheme.utf8.count), defaultPort: scheme == "https://" ? 443 : 80)
        else {
            throw LarderError(
                .malformedRequest,
                "--cors-origin '\(text.prefix(100))' is no origin; it is such as https://app.example "
                    + "or http://localhost:3000"
            )
        }
        return scheme + host
    }

    private static func authority(_ text: Substring, defaultPort: Int) -> String? {
        let end = text.lastIndex(of: ":").flatMap { text[$0...].contains("]") ? nil : $0 } ?? text.endIndex
        let host = text[..<end]
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        let isAddress =
            host.hasPrefix("[") && host.hasSuffix("]")
            && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" }
        guard !host.isEmpty, isName || isAddress else { return nil }
        guard end != text.endIndex else { return String(host) }
        let digits = text[text.index(after: end)...]
        guard let port = Int(digits), (1...65_535).contains(port), String(port) == digits else { return nil }
        return port == defaultPort ? String(host) : "\(host):\(port)"
    }
}
