import LarderModel
import LarderTestSupport
import Testing

@Suite("An ETag")
struct ETagTests {
    private static let quoted = "\"000102030405060708090a0b0c0d0e0f\""

    @Test("is 16 bytes, quoted on the wire")
    func wire() throws {
        let tag = try #require(ETag(Array(UInt8(0)..<32)))
        #expect(tag.quoted == Self.quoted)
        #expect(tag.bytes == Array(UInt8(0)..<16))
        #expect(ETag(quoted: Self.quoted) == tag)
        #expect(ETag(quoted: Self.quoted.dropFirst().dropLast()) == tag)
    }

    @Test("needs at least 16 bytes", arguments: [(15, false), (16, true), (17, true)])
    func length(count: Int, isTag: Bool) {
        #expect((ETag([UInt8](repeating: 7, count: count)) != nil) == isTag)
    }

    @Test(
        "is nothing that this server never gave",
        arguments: [
            "", "\"", "\"\"", "\"abc\"", "W/" + quoted, String(quoted.dropLast()), quoted + "\"",
            "\"000102030405060708090a0b0c0d0e0g\"",
            "\"000102030405060708090A0B0C0D0E0F\"", "\"000102030405060708090a0b0c0d0e0f00\"",
        ])
    func invalid(text: String) {
        #expect(ETag(quoted: text) == nil)
    }
}
