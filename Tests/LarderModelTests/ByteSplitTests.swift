import LarderModel
import Testing

@Suite("Parts of a text")
struct ByteSplitTests {
    @Test(
        "are told apart by bytes, whatever stands beside the separator",
        arguments: [
            ("", [""]), ("/", ["", ""]), ("a/b", ["a", "b"]), ("a//b/", ["a", "", "b", ""]),
            ("a/\u{301}b", ["a", "\u{301}b"]),
            ("a\u{600}/b", ["a\u{600}", "b"]), ("a\u{200D}/\u{FE0F}b", ["a\u{200D}", "\u{FE0F}b"]),
        ])
    func parts(text: String, parts: [String]) {
        #expect(text.parts(separatedBy: "/").map { Array($0.utf8) } == parts.map { Array($0.utf8) })
    }
}
