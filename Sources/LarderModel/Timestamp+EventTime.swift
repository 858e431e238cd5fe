/// Times as events, imported histories and clients of many kinds write them.
extension Timestamp {
    /// What an event may say: years 1970 to 9999.
    private static let eventTimes: Range<Int64> = 0..<253_402_300_800_000
    /// A number from here on counts milliseconds, a smaller one seconds: the seconds would lie in the year 5138.
    private static let millisecondsFrom = 100_000_000_000.0

    /// Seconds since 1970, also fractional, or milliseconds.
    /// - Returns: nil for what is no time from 1970 to 9999.
    package init?(epoch number: Double) {
        let milliseconds = number >= Self.millisecondsFrom ? number : number * 1000
        guard milliseconds >= 0, milliseconds < Double(Self.eventTimes.upperBound) else { return nil }
        self.init(milliseconds: Int64(milliseconds.rounded()))
    }

    /// A time in ISO 8601's extended form, as programs write it: a date, or date and time with `T` or a space between
    /// them, seconds or not, a fraction of any length, `Z`, an offset such as `+02:00` or `+0200`, or neither, which
    /// means UTC.
    /// - Returns: nil for anything else, and beyond the years 1970 to 9999.
    package init?(anyISO8601 text: some Sequence<UInt8>) {
        var scanner = TimeScanner(rest: Array(text)[...])
        guard let date = scanner.date() else { return nil }
        var milliseconds = Int64(date)
        if scanner.take("T") || scanner.take("t") || scanner.take(" ") {
            guard let time = scanner.time(), let offset = scanner.offset() else { return nil }
            milliseconds += time - offset
        }
        guard scanner.rest.isEmpty, Self.eventTimes.contains(milliseconds) else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

/// Reads the parts of a time, front to back.
private struct TimeScanner {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Character) -> Bool {
        guard let first = rest.first, first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly so many digits.
    private mutating func number(_ digits: Int) -> Int64? {
        guard rest.count >= digits, rest.prefix(digits).allSatisfy(Self.isDigit) else { return nil }
        let value = rest.prefix(digits).reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        rest.removeFirst(digits)
        return value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Milliseconds from 1970 to the beginning of the day.
    mutating func date() -> Int64? {
        guard rest.count >= 10 else { return nil }
        let text = String(decoding: rest.prefix(10), as: UTF8.self)
        guard let day = Timestamp(iso8601: text) else { return nil }
        rest.removeFirst(10)
        return day.milliseconds
    }

    /// Milliseconds into the day. A leap second is the next minute's first.
    mutating func time() -> Int64? {
        guard let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60 else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        guard take(":") else { return milliseconds }
        guard let second = number(2), second <= 60 else { return nil }
        milliseconds += second * 1000
        guard take(".") || take(",") else { return milliseconds }
        let digits = Array(rest.prefix(while: Self.isDigit))
        guard !digits.isEmpty else { return nil }
        rest.removeFirst(digits.count)
        let thousandths = (digits.prefix(3) + [48, 48, 48].prefix(max(0, 3 - digits.count)))
        return milliseconds + thousandths.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// Milliseconds that the time is ahead of UTC; 0 where it says nothing.
    mutating func offset() -> Int64? {
        if rest.isEmpty || take("Z") || take("z") { return 0 }
        let isAhead = take("+")
        guard isAhead || take("-"), let hours = number(2), hours < 24 else { return nil }
        guard !rest.isEmpty else { return (isAhead ? 1 : -1) * hours * 3_600_000 }
        _ = take(":")
        guard let minutes = number(2), minutes < 60 else { return nil }
        return (isAhead ? 1 : -1) * (hours * 60 + minutes) * 60_000
    }
}
