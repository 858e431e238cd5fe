import LarderTestSupport
import Retrieval
import Testing

@Suite("Passages of a text")
struct PassagesTests {
    private func passages(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return Passages.cut(text).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    private func words(_ count: Int) -> String { (0..<count).map { "word\($0)" }.joined(separator: " ") }

    @Test("of a short text are the text", arguments: ["", "a", "two words", String(repeating: "é", count: 1_200)])
    func short(text: String) {
        #expect(Passages.cut(text) == [0..<text.utf8.count])
    }

    @Test("end behind a paragraph where one ends in the second half")
    func paragraphs() {
        let first = String(repeating: "One two. ", count: 100)
        let cut = passages(first + "\n\n" + String(repeating: "Three four. ", count: 60))
        #expect(cut.count == 2 && cut[0] == first + "\n\n" && cut[1].hasSuffix("Three four. "))
        #expect(cut[1].hasPrefix("One two. One two."))
    }

    @Test(
        "else end behind a sentence",
        arguments: [
            ("Here it ends. ", ". "), ("Does it end? ", "? "), ("«It ends.» ", "» "), ("終わります。", "。"),
            ("\nA line of some words", "\n"),
        ])
    func sentences(sentence: String, end: String) {
        let cut = passages(String(repeating: sentence, count: 400))
        #expect(cut.count > 1 && cut.dropLast().allSatisfy { $0.hasSuffix(end) })
    }

    @Test(
        "are not ended by a paragraph in the first half",
        arguments: [(599, 1_200), (600, 1_200), (601, 601), (1_200, 1_200)])
    func early(paragraph: Int, end: Int) {
        let text = String(repeating: "a", count: paragraph - 2) + "\n\n" + String(repeating: "b", count: 2_000)
        #expect(passages(text)[0].unicodeScalars.count == end)
    }

    @Test("else end behind a word, and begin with a whole one")
    func wholeWords() {
        let text = words(600)
        let all = Set(text.split(separator: " "))
        let cut = passages(text)
        #expect(cut.count > 3 && cut.allSatisfy { all.isSuperset(of: $0.split(separator: " ")) })
        #expect(cut.dropLast().allSatisfy { $0.unicodeScalars.count > 1_150 })
    }

    @Test("else are full, and share 120 characters", arguments: ["a", "é", "漢", "😀"])
    func hard(letter: String) {
        let cut = Passages.cut(String(repeating: letter, count: 3_000))
        let width = letter.utf8.count
        #expect(cut == [0..<1_200 * width, 1_080 * width..<2_280 * width, 2_160 * width..<3_000 * width])
    }

    @Test("cover the whole text with what they share, are never too long and never end inside a scalar")
    func properties() {
        var dice = Seeded(12)
        for _ in 0..<60 {
            let ends = ["", " ", " ", " ", ". ", "! ", "\n", "\n\n", " \r\n\r\n", "。", "\u{2029}"]
            let text = dice.many(0...900) { $0.text(0...12) + $0.pick(ends) }.joined()
            let bytes = Array(text.utf8)
            let cut = Passages.cut(text)
            #expect(cut.first?.lowerBound == 0 && cut.last?.upperBound == bytes.count)
            for range in cut {
                let passage = String(validating: bytes[range], as: UTF8.self)
                #expect((passage?.unicodeScalars.count ?? .max) <= Passages.maxCharacters)
            }
            for (one, next) in zip(cut, cut.dropFirst()) {
                #expect(
                    one.lowerBound < next.lowerBound && next.lowerBound < one.upperBound
                        && one.upperBound < next.upperBound)
                let shared = String(decoding: bytes[next.lowerBound..<one.upperBound], as: UTF8.self)
                #expect(shared.unicodeScalars.count <= Passages.sharedCharacters)
            }
        }
    }
}
