import Foundation
import LarderModel
import LarderTestSupport
import Testing

@Suite("A timestamp")
struct TimestampTests {
    @Test(
        "is written as ISO 8601 and as an HTTP date",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1, "1970-01-01T00:00:00.001Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777_000, "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_778_393_567_000, "2026-05-10T06:12:47.000Z", "Sun, 10 May 2026 06:12:47 GMT"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String, String)])
    func forms(milliseconds: Int64, iso: String, http: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.iso8601 == iso)
        #expect(time.httpDate == http)
    }

    @Test(
        "is read as it is written, without milliseconds too, and of a day alone",
        arguments: [
            ("2026-05-10T06:12:47.000Z", 1_778_393_567_000), ("2026-05-10T06:12:47Z", 1_778_393_567_000),
            ("2026-05-10", 1_778_371_200_000), ("2000-02-29T00:00:00.001Z", 951_782_400_001),
            ("1970-01-01", 0), ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)])
    func reading(text: String, milliseconds: Int64) {
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test(
        "is not read from anything else",
        arguments: [
            "", "2026", "2026-5-10", "2026-13-01", "2026-00-01", "2026-02-29", "2026-04-31", "2026-05-10T06:12:47",
            "2026-05-10T06:12:47+02:00", "2026-05-10T24:00:00Z", "2026-05-10T06:60:00Z", "2026-05-10 06:12:47Z",
            "2026-05-10T06:12:47.0000Z", "2026-05-10T06:12:47,000Z", "+026-05-10", "2026-05-1é",
        ])
    func notRead(text: String) { #expect(Timestamp(iso8601: text) == nil) }

    @Test(
        "is read in the forms in which events have it",
        arguments: [
            ("2026-05-10T06:12:47Z", 1_778_393_567_000), ("2026-05-10T06:12:47.5Z", 1_778_393_567_500),
            ("2026-05-10T06:12:47.123456789Z", 1_778_393_567_123), ("2026-05-10 06:12:47", 1_778_393_567_000),
            ("2026-05-10T08:12:47+02:00", 1_778_393_567_000), ("2026-05-10T01:42:47-0430", 1_778_393_567_000),
            ("2026-05-10T08:12:47.25+02", 1_778_393_567_250), ("2026-05-10T06:12Z", 1_778_393_520_000),
            ("2026-05-10", 1_778_371_200_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("1970-01-01T00:00:00Z", 0),
        ] as [(String, Int64)])
    func eventForms(text: String, milliseconds: Int64) {
        #expect(Timestamp(anyISO8601: text.utf8)?.milliseconds == milliseconds)
    }

    @Test(
        "is not read from what an event may hold in its place",
        arguments: [
            "", "now", "2026", "2026-05-1", "2026-02-29T00:00:00Z", "2026-05-10T24:00:00Z", "2026-05-10T06:12:61Z",
            "2026-05-10T06:12:47.", "2026-05-10T06:12:47+2", "2026-05-10T06:12:47+24:00", "2026-05-10T06:12:47ZZ",
            "2026-05-10T", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "2026-05-10T06:12:47 Z",
        ])
    func noEventForm(text: String) { #expect(Timestamp(anyISO8601: text.utf8) == nil) }

    @Test(
        "is read from a number of seconds or milliseconds",
        arguments: [
            (0, 0), (1_778_393_567, 1_778_393_567_000), (1_778_393_567.25, 1_778_393_567_250),
            (1_778_393_567_250, 1_778_393_567_250), (99_999_999_999, 99_999_999_999_000), (-1, nil),
            (253_402_300_800_000, nil), (.nan, nil), (.infinity, nil), (1e300, nil),
        ] as [(Double, Int64?)])
    func epoch(number: Double, milliseconds: Int64?) {
        #expect(Timestamp(epoch: number)?.milliseconds == milliseconds)
    }

    @Test("has the date that Foundation's calendar has")
    func againstFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = Seeded(2)
        let weekdays = ["", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        for _ in 0..<5_000 {
            // 1600 to 9999: Foundation's calendar turns Julian before 1582.
            let milliseconds = Int64.random(in: -11_676_096_000_000...253_402_300_799_999, using: &random)
            let time = Timestamp(milliseconds: milliseconds)
            let seconds = (milliseconds - ((milliseconds % 1000) + 1000) % 1000) / 1000
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second, .weekday],
                from: Date(timeIntervalSince1970: Double(seconds)))
            let (year, month, day) = (try #require(parts.year), try #require(parts.month), try #require(parts.day))
            let (hour, minute, second) = (
                try #require(parts.hour), try #require(parts.minute), try #require(parts.second)
            )
            let iso = String(
                format: "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, hour, minute, second,
                Int(milliseconds - seconds * 1000))
            #expect(time.iso8601 == iso)
            #expect(time.wholeSeconds == seconds)
            #expect(time.httpDate.hasPrefix(weekdays[try #require(parts.weekday)] + ", "))
            if milliseconds >= 0 {
                #expect(Timestamp(httpDate: time.httpDate) == Timestamp(milliseconds: seconds * 1000))
            }
        }
    }

    @Test(
        "is read from no other form of date",
        arguments: [
            "", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 31 Jun 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 19940 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT", "Monday, 06-Nov-94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06 Nov 94 08:49:37 GMT", "Sunday, -6-Nov-94 08:49:37 GMT", "Sun Nov 06 08:49:37 1994",
            "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov  6 08:49:37 94",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Tue, 29 Feb 2100 00:00:00 GMT", "06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
            "Fri, 31 Dec 1960 00:00:00 GMT",
        ])
    func invalid(text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }

    @Test(
        "is read from the old forms of a date, too",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Sun May 10 06:12:47 2026", 1_778_393_567),
            ("Sunday, 10-May-26 06:12:47 GMT", 1_778_393_567),
            // 50 years ahead is still ahead, 51 is the past century.
            ("Friday, 10-Jan-76 00:00:00 GMT", 3_345_840_000), ("Monday, 10-Jan-77 00:00:00 GMT", 221_702_400),
        ] as [(String, Int64)])
    func oldForms(text: String, seconds: Int64) {
        let now = Timestamp(milliseconds: 1_778_393_567_000)
        #expect(Timestamp(httpDate: text, now: now)?.wholeSeconds == seconds)
    }

    @Test("moves by durations, in whole milliseconds")
    func arithmetic() {
        let time = Timestamp(milliseconds: 5_000)
        #expect(time + .seconds(2) == Timestamp(milliseconds: 7_000))
        #expect(time - .seconds(6) == Timestamp(milliseconds: -1_000))
        #expect(time + .microseconds(1_999) == Timestamp(milliseconds: 5_001))
        #expect(time < time + .milliseconds(1))
        #expect(!(time < time))
    }

    @Test(
        "rounds down to whole seconds",
        arguments: [(1_999, 1), (1_000, 1), (999, 0), (0, 0), (-1, -1), (-1_000, -1), (-1_001, -2)] as [(Int64, Int64)])
    func wholeSeconds(milliseconds: Int64, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).wholeSeconds == seconds)
    }
}
