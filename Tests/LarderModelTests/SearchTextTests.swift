import LarderModel
import LarderTestSupport
import Testing

@Suite("A text that is looked for")
struct SearchTextTests {
    @Test(
        "is found wherever it stands, letters of ASCII in either case",
        arguments: [
            ("quay", "trip/Quay-2.jpg", true), ("QUAY", "quay", true), ("jpg", "a.jpg", true), ("a", "a", true),
            ("quays", "quay", false), ("ab", "aab", true), ("aab", "aaab", true), ("/", "a/b", true),
            ("É", "é", false), ("é", "café", true), ("@", "`", false), ("[", "{", false), ("\u{0}", "a\u{0}b", true),
        ])
    func found(text: String, name: String, isFound: Bool) throws {
        #expect(try SearchText(text.bytes).occurs(in: name.bytes) == isFound)
    }

    @Test("is looked for in a part of an array as in a whole one")
    func slice() throws {
        let name = "xxabyy".bytes
        #expect(try SearchText("ab".bytes).occurs(in: name[2..<4]))
        #expect(try !SearchText("xa".bytes).occurs(in: name[2..<4]))
    }

    @Test("has 1 to 100 bytes")
    func bounds() throws {
        #expect(throws: LarderError.self) { try SearchText([]) }
        #expect(throws: LarderError.self) { try SearchText([UInt8](repeating: 97, count: 101)) }
        _ = try SearchText([UInt8](repeating: 97, count: 100))
    }
}
