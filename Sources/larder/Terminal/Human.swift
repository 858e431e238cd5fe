import Foundation

/// Quantities for people.
enum Human {
    /// Decimal units, as in policies: `999 B`, `1.2 KB`, `35 MB`.
    static func bytes(_ count: Int64) -> String {
        var value = Double(count)
        for unit in ["B", "KB", "MB", "GB", "TB"] {
            if value < 999.5 || unit == "TB" {
                return unit == "B" || value >= 99.95
                    ? "\(Int(value.rounded())) \(unit)" : "\(oneDecimal(value)) \(unit)"
            }
            value /= 1000
        }
        return "\(count) B"
    }

    /// `42`, `42.5`
    static func number(_ value: Double) -> String {
        guard abs(value) < 1e12 else { return "\(value)" }
        return value == value.rounded() ? "\(Int64(value))" : oneDecimal(value)
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `0:07`, `12:34`, `1:02:03`
    static func clock(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let two = { (n: Int64) in n < 10 ? "0\(n)" : "\(n)" }
        let tail = "\(two(seconds % 60))"
        return seconds >= 3600 ? "\(seconds / 3600):\(two(seconds / 60 % 60)):\(tail)" : "\(seconds / 60):\(tail)"
    }

    /// `2026-05-10T06:12:47Z`: the one form of times, in UTC.
    static func time(_ date: Date) -> String { date.formatted(.iso8601) }

    /// Columns that a time takes.
    static let timeColumns = 20

    /// `1 entry`, `2 entries`
    static func entries(_ count: Int64) -> String { count == 1 ? "1 entry" : "\(count) entries" }

    /// `1 event`, `2 events`
    static func events(_ count: Int64) -> String { count == 1 ? "1 event" : "\(count) events" }
}
