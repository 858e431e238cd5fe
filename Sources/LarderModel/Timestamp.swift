/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// Whole seconds, rounded down: what HTTP dates can say.
    package var wholeSeconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    package static func + (a: Timestamp, b: Duration) -> Timestamp {
        Timestamp(milliseconds: a.milliseconds + b.wholeMilliseconds)
    }
    package static func - (a: Timestamp, b: Duration) -> Timestamp {
        Timestamp(milliseconds: a.milliseconds - b.wholeMilliseconds)
    }

    /// ISO 8601 UTC with milliseconds: `2026-05-10T06:12:47.000Z`.
    package var description: String { iso8601 }
    package var iso8601: String { String(decoding: iso8601Bytes, as: UTF8.self) }

    /// The same as ASCII bytes.
    package var iso8601Bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(24)
        appendISO8601(to: &out)
        return out
    }

    /// The same, for writers of long lists.
    func appendISO8601(to out: inout [UInt8]) {
        let (date, time) = civil
        appendTwoDigits(date.year / 100, to: &out)
        appendTwoDigits(date.year % 100, to: &out)
        out.append(UInt8(ascii: "-"))
        appendTwoDigits(date.month, to: &out)
        out.append(UInt8(ascii: "-"))
        appendTwoDigits(date.day, to: &out)
        out.append(UInt8(ascii: "T"))
        appendTwoDigits(time / 3_600_000, to: &out)
        out.append(UInt8(ascii: ":"))
        appendTwoDigits(time / 60_000 % 60, to: &out)
        out.append(UInt8(ascii: ":"))
        appendTwoDigits(time / 1000 % 60, to: &out)
        out.append(UInt8(ascii: "."))
        out.append(UInt8(ascii: "0") + UInt8(time / 100 % 10))
        appendTwoDigits(time % 100, to: &out)
        out.append(UInt8(ascii: "Z"))
    }

    var days: Int64 { (milliseconds - ((milliseconds % 86_400_000) + 86_400_000) % 86_400_000) / 86_400_000 }

    /// Proleptic Gregorian date and milliseconds into its day. Algorithm: Howard Hinnant, "chrono-Compatible Low-Level
    /// Date Algorithms".
    var civil: (date: (year: Int, month: Int, day: Int), millisecondsOfDay: Int) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        return ((Int(year), Int(month), Int(day)), Int(milliseconds - days * 86_400_000))
    }

    static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Duration {
    /// Rounded towards zero.
    package var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

/// A clock that can be replaced in tests: retention and expiry ask it, never the system.
package struct WallClock: Sendable {
    package let now: @Sendable () -> Timestamp
    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }
}

/// The last two digits of a number that is not negative.
private func appendTwoDigits(_ value: Int, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "0") + UInt8(value / 10 % 10))
    out.append(UInt8(ascii: "0") + UInt8(value % 10))
}
