extension Timestamp {
    /// Reads `2026-05-10T06:12:47Z`, also with milliseconds, or the day alone, which is its beginning (UTC). Nil for
    /// anything else.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(0 as Int?) { sum, byte in
                guard let sum, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                return sum * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        func has(_ character: Character, at place: Int) -> Bool { bytes[place] == character.asciiValue }
        guard [10, 20, 24].contains(bytes.count), has("-", at: 4), has("-", at: 7),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        var milliseconds = Self.days(year: year, month: month, day: day) * 86_400_000
        if bytes.count > 10 {
            guard has("T", at: 10), has(":", at: 13), has(":", at: 16), has("Z", at: bytes.count - 1),
                let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
                hour < 24, minute < 60, second < 60
            else { return nil }
            milliseconds += (hour * 3600 + minute * 60 + second) * 1000
        }
        if bytes.count == 24 {
            guard has(".", at: 19), let fraction = number(20..<23) else { return nil }
            milliseconds += fraction
        }
        self.init(milliseconds: Int64(milliseconds))
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        let next = month == 12 ? days(year: year + 1, month: 1, day: 1) : days(year: year, month: month + 1, day: 1)
        return next - days(year: year, month: month, day: 1)
    }
}
