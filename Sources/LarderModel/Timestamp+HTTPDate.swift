/// Dates in header fields (RFC 9110 §5.6.7).
extension Timestamp {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let weekdayEnds = ["day", "day", "sday", "nesday", "rsday", "day", "urday"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// As it is sent today, whole seconds: `Sun, 10 May 2026 06:12:47 GMT`.
    package var httpDate: String { written(.current) }

    /// The forms that a recipient reads.
    private enum DateForm: CaseIterable {
        case current
        /// RFC 850: `Sunday, 10-May-26 06:12:47 GMT`
        case twoDigitYear
        /// Of C's asctime: `Sun May 10 06:12:47 2026`
        case asctime
    }

    private func written(_ form: DateForm) -> String {
        let (date, time) = civil
        let number = Int((days % 7 + 11) % 7)  // 1970-01-01 was a Thursday
        let weekday = Self.weekdays[number]
        let month = Self.months[date.month - 1]
        let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
        let clock = "\(two(time / 3_600_000)):\(two(time / 60_000 % 60)):\(two(time / 1000 % 60))"
        return switch form {
        case .current: "\(weekday), \(two(date.day)) \(month) \(date.year) \(clock) GMT"
        case .twoDigitYear:
            "\(weekday)\(Self.weekdayEnds[number]), \(two(date.day))-\(month)-\(two(date.year % 100)) \(clock) GMT"
        case .asctime: "\(weekday) \(month) \(date.day < 10 ? " " : "")\(date.day) \(clock) \(date.year)"
        }
    }

    /// Reads a date in any of its three forms. Nil for anything else, which RFC 9110 §13.1.3 says to ignore.
    /// - Parameter now: of a year in two digits, that century is meant which makes it the latest that is not more than
    ///   50 years ahead.
    package init?(httpDate text: String, now: Timestamp = WallClock.system.now()) {
        let words = text.split { $0 == " " || $0 == "-" }.map(String.init)
        let order: (day: Int, month: Int, year: Int, clock: Int)
        let form: DateForm
        switch words.count {
        case 6: (form, order) = (text.contains("-") ? .twoDigitYear : .current, (1, 2, 3, 4))
        case 5: (form, order) = (.asctime, (2, 1, 4, 3))
        default: return nil
        }
        guard let month = Self.months.firstIndex(of: words[order.month]), let day = Int(words[order.day]),
            (1...31).contains(day), var year = Int(words[order.year])
        else { return nil }
        if form == .twoDigitYear {
            guard (0..<100).contains(year) else { return nil }
            let latest = now.civil.date.year + 50
            year += (latest - year) / 100 * 100
        }
        let clock = words[order.clock].split(separator: ":").compactMap { Int($0) }
        guard (1970...9999).contains(year), clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]),
            (0..<60).contains(clock[2])
        else { return nil }
        let days = Self.days(year: year, month: month + 1, day: day)
        self.init(milliseconds: (Int64(days) * 86_400 + Int64(clock[0] * 3600 + clock[1] * 60 + clock[2])) * 1000)
        // The one way to write it: no 31 June, no other weekday, no sign or lost zero, which `Int` would let through.
        guard written(form).utf8.elementsEqual(text.utf8) else { return nil }
    }
}
