import LarderModel
import LarderTestSupport
import Testing

@Suite("A byte count")
struct ByteCountTests {
    @Test(
        "reads decimal units",
        arguments: [
            ("0", 0), ("512", 512), ("512B", 512), ("64KB", 64_000), ("64 KB", 64_000), ("10mb", 10_000_000),
            ("5GB", 5_000_000_000),
            ("9223372036854775807", .max), ("9223372036GB", 9_223_372_036_000_000_000),
        ] as [(String, Int64)])
    func valid(text: String, bytes: Int64) {
        #expect(ByteCount(parsing: text)?.bytes == bytes)
    }

    @Test(
        "is refused otherwise",
        arguments: [
            "", "KB", "-1", "+1", "1.5MB", "1KiB", "1K", "1 0MB", " 1MB", "1MB ", "1TB", "٣MB", "9223372036854775808",
            "9223372037GB", "1e3",
        ])
    func invalid(text: String) {
        #expect(ByteCount(parsing: text) == nil)
    }

    @Test(
        "is written in the largest unit that says it exactly",
        arguments: [
            (0, "0B"), (1, "1B"), (999, "999B"), (1_000, "1KB"), (1_001, "1001B"), (1_536_000, "1536KB"),
            (10_000_000, "10MB"),
            (5_000_000_000, "5GB"),
        ] as [(Int64, String)])
    func description(bytes: Int64, text: String) {
        #expect(ByteCount(bytes).description == text)
        #expect(ByteCount(parsing: text) == ByteCount(bytes))
    }

    @Test(
        "is written in binary units where these say it exactly",
        arguments: [
            (4 << 10, "4 KiB"), (16 << 20, "16 MiB"), (1_536 << 10, "1536 KiB"), (1_000, "1KB"), (1_023, "1023B"),
            (25_600_000, "25600KB"), (25_601_400, "25601400B"),
        ] as [(Int64, String)])
    func binary(bytes: Int64, text: String) { #expect(ByteCount(bytes).messageText == text) }
}

@Suite("A duration of a policy")
struct PolicyDurationTests {
    @Test(
        "reads seconds, minutes, hours and days",
        arguments: [("1s", 1), ("15m", 900), ("24h", 86_400), ("90d", 7_776_000), ("365250d", 365_250 * 86_400)]
            as [(String, Int64)])
    func valid(text: String, seconds: Int64) {
        #expect(Duration(parsing: text) == .seconds(seconds))
    }

    @Test(
        "is refused otherwise",
        arguments: [
            "", "s", "10", "0s", "-1d", "+1d", "1.5h", "1w", "1 d", " 1d", "1D", "1d ", "365251d",
            "9223372036854775807d", "99999999999999999999s",
        ])
    func invalid(text: String) {
        #expect(Duration(parsing: text) == nil)
    }

    @Test("is written as it is read", arguments: ["1s", "59s", "61s", "15m", "90m", "24h", "1d", "25h", "90d"])
    func roundTrip(text: String) throws {
        let duration = try #require(Duration(parsing: text))
        let written = duration.policyText
        #expect(Duration(parsing: written) == duration)
        #expect(written == (text == "24h" ? "1d" : text))
    }
}
