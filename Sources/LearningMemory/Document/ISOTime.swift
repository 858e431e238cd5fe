package import LarderModel

/// Reads moments as documents hold them.
package enum ISOTime {
    /// ISO 8601 as JavaScript's `toISOString` writes it, or with an offset, without a fraction, or a date alone (then
    /// midnight UTC).
    /// - Returns: nil for anything else.
    package static func parse(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes.count <= 40, bytes[4] == dash, bytes[7] == dash, let year = number(bytes[0..<4]),
            let month = number(bytes[5..<7]), let day = number(bytes[8..<10]), (1...12).contains(month),
            (1...lastDay(month, of: year)).contains(day)
        else { return nil }
        let midnight = Int64(daysSince1970(year, month, day)) * 86_400_000
        if bytes.count == 10 { return Timestamp(milliseconds: midnight) }
        guard bytes.count >= 16, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "), bytes[13] == colon,
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), hour < 24, minute < 60
        else { return nil }
        var rest = bytes[16...]
        var millis = (hour * 60 + minute) * 60_000
        if rest.first == colon {
            guard rest.count >= 3, let second = number(rest[17..<19]), second <= 60 else { return nil }
            millis += second * 1_000
            rest = rest[19...]
            if rest.first == UInt8(ascii: ".") {
                let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
                guard !digits.isEmpty else { return nil }
                millis +=
                    digits.prefix(3).reduce(0) { $0 * 10 + Int($1 - 0x30) } * [0, 100, 10, 1][min(digits.count, 3)]
                rest = rest[digits.endIndex...]
            }
        }
        guard let offset = offsetMinutes(rest) else { return nil }
        return Timestamp(milliseconds: midnight + Int64(millis) - Int64(offset) * 60_000)
    }

    /// A text as above; a number as milliseconds since 1970, or as seconds when it is too small for that.
    static func parse(_ piece: JSONPiece) -> Timestamp? {
        if let text = piece.string { return parse(text) }
        guard let number = piece.number, number > 0, number < 253_402_300_800_000 else { return nil }
        return Timestamp(milliseconds: Int64(number < 100_000_000_000 ? number * 1_000 : number))
    }

    private static let dash = UInt8(ascii: "-"), colon = UInt8(ascii: ":")

    /// Minutes east of UTC. Without a zone it is taken for UTC.
    private static func offsetMinutes(_ zone: ArraySlice<UInt8>) -> Int? {
        if zone.isEmpty || zone.elementsEqual("Z".utf8) { return 0 }
        guard let sign = zone.first, sign == dash || sign == UInt8(ascii: "+") else { return nil }
        let digits = zone.dropFirst().filter { $0 != colon }
        guard digits.count == 4, let value = number(digits[...]), value / 100 < 24, value % 100 < 60 else { return nil }
        let minutes = value / 100 * 60 + value % 100
        return sign == dash ? -minutes : minutes
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.allSatisfy { (0x30...0x39).contains($0) } ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil
    }

    private static func lastDay(_ month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    /// Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
