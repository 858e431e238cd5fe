import LarderModel
import LarderTestSupport
import Testing

@Suite("Percent-coding")
struct PercentCodingTests {
    @Test(
        "is undone once",
        arguments: [
            ("", ""), ("a/b", "a/b"), ("%41", "A"), ("%2F", "/"), ("%2f", "/"), ("%2541", "%41"), ("a%20b", "a b"),
            ("a+b", "a+b"), ("%C3%A9", "é"),
            ("%", "%"), ("%4", "%4"), ("a%", "a%"), ("%zz", "%zz"), ("%4g", "%4g"), ("%%41", "%A"),
            ("100%/%41", "100%/A"), ("%u0041", "%u0041"),
        ])
    func decode(text: String, expected: String) {
        #expect(PercentCoding.decode(text.utf8).text == expected)
    }

    @Test(
        "in a query makes a space of +", arguments: [("a+b", "a b"), ("a%2Bb", "a+b"), ("%20+", "  "), ("%+1", "% 1")])
    func query(text: String, expected: String) {
        #expect(PercentCoding.decodeQuery(text.utf8).text == expected)
    }

    @Test(
        "leaves unreserved characters and what it is told",
        arguments: [
            ("aZ09-._~", "/", "aZ09-._~"), ("a/b c", "/", "a/b%20c"), ("a/b", "", "a%2Fb"), ("é:", "/:", "%C3%A9:"),
            ("%", "/", "%25"),
        ])
    func encode(text: String, keep: String, expected: String) {
        #expect(PercentCoding.encode(text.utf8, keeping: keep) == expected)
    }

    @Test("comes back whatever the bytes")
    func property() {
        var random = Seeded(4)
        for _ in 0..<2_000 {
            let bytes = random.bytes(0...40)
            let text = PercentCoding.encode(bytes)
            #expect(PercentCoding.decode(text.utf8) == bytes)
            #expect(text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            #expect(PercentCoding.decode(bytes).count <= bytes.count)
        }
    }
}
