import LarderModel
import LarderTestSupport
import Testing

@Suite("An identifier")
struct IdentifierTests {
    static let twins: [(String, String)] = [
        ("caf\u{E9}", "cafe\u{301}"), ("\u{212B}", "\u{C5}"), ("\u{2126}", "\u{3A9}"), ("\u{212A}", "K"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("e\u{323}\u{302}", "\u{1EC7}"), ("\u{37E}", ";"),
    ]

    @Test("is its bytes: what Unicode holds equal is not the same", arguments: twins)
    func bytes(one: String, other: String) {
        let (a, b) = (Identifier(one), Identifier(other))
        #expect(one == other && a != b)
        #expect(Set([a, b]).count == 2)
        #expect((a < b) != (b < a))
        #expect((a < b) == one.utf8.lexicographicallyPrecedes(other.utf8))
        #expect(a.text.utf8.elementsEqual(one.utf8) && "\(b)".utf8.elementsEqual(other.utf8))
    }

    @Test("is UTF-8", arguments: InvalidUTF8.all)
    func invalid(bytes: [UInt8]) { #expect(Identifier(validating: bytes) == nil) }

    @Test("may be any text", arguments: ["", "r", "\u{FFFD}", "🎬", "a/b", "\u{0}"])
    func valid(text: String) throws {
        #expect(try #require(Identifier(validating: text.utf8)) == Identifier(text))
        #expect(Identifier(text).isEmpty == text.isEmpty)
    }
}
