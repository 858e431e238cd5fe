/// A number of bytes, as policies, flags and messages write it: decimal units, `64KB` = 64,000.
package struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let bytes: Int64
    package init(_ bytes: Int64) { self.bytes = bytes }

    package static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }

    /// Reads `10MB`, `64 KB`, `512B` or a bare number of bytes. Nil when malformed, negative or beyond 8 EB.
    package init?(parsing text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { return nil }
        let factor: Int64
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }).uppercased() {
        case "", "B": factor = 1
        case "KB": factor = 1_000
        case "MB": factor = 1_000_000
        case "GB": factor = 1_000_000_000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        bytes = product
    }

    /// The largest unit that says it exactly: `10MB`, `1536KB`, `123B`.
    package var description: String {
        for (factor, unit) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")] as [(Int64, String)]
        where bytes >= factor && bytes.isMultiple(of: factor) { return "\(bytes / factor)\(unit)" }
        return "\(bytes)B"
    }

    /// For messages about limits, as the table of limits writes them: `16 MiB`, `4 KiB` where only binary units say it
    /// exactly, else as ``description``.
    package var messageText: String {
        guard !bytes.isMultiple(of: 1_000) else { return description }
        for (factor, unit) in [(1 << 20, "MiB"), (1 << 10, "KiB")] as [(Int64, String)]
        where bytes >= factor && bytes.isMultiple(of: factor) { return "\(bytes / factor) \(unit)" }
        return description
    }
}

extension Duration {
    /// Reads `<n>s`, `<n>m`, `<n>h` or `<n>d`. Nil when malformed, zero or beyond 1,000 years.
    package init?(parsing text: some StringProtocol) {
        guard let unit = text.last, let number = Int64(text.dropLast()), number > 0, text.first != "+" else {
            return nil
        }
        let seconds: Int64
        switch unit {
        case "s": seconds = 1
        case "m": seconds = 60
        case "h": seconds = 3_600
        case "d": seconds = 86_400
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: seconds)
        guard !overflow, product <= 365_250 * 86_400 else { return nil }
        self = .seconds(product)
    }

    /// What ``init(parsing:)`` reads back, in the largest unit that says it exactly.
    package var policyText: String {
        let seconds = components.seconds
        for (factor, unit) in [(86_400, "d"), (3_600, "h"), (60, "m")] as [(Int64, String)]
        where seconds >= factor && seconds.isMultiple(of: factor) { return "\(seconds / factor)\(unit)" }
        return "\(seconds)s"
    }
}
