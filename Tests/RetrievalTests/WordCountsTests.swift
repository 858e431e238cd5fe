import LarderTestSupport
import Retrieval
import Testing

@Suite("The counts of a passage's words")
struct WordCountsTests {
    private static let text = "the cat saw the other cat, and THE dog saw user_id in café"

    @Test(
        "are the same after they were stored",
        arguments: [
            "", "one", text, String(repeating: "again ", count: 500),
            (0..<5_000).map { "w\($0)" }.joined(separator: " "),
        ])
    func coding(text: String) throws {
        let counts = WordCounts(text)
        let words = Tokenizer.words(text)
        let stored = try WordCounts(bytes: counts.bytes)
        #expect(stored == counts && stored.length == words.count && stored.distinctCount == Set(words).count)
    }

    @Test("are stored as they always were: FNV-1a and MurmurHash3's last step, as Python reckons them")
    func format() {
        let stored = WordCounts("a b a").bytes.map { String(Int($0) + 0x100, radix: 16).dropFirst() }
        #expect(
            stored.joined(separator: " ")
                == "01 02 d0 d2 4a 76 88 32 67 6e 5b ce be a9 58 a9 a2 82 01 02 0e 2b c9 96")
    }

    @Test("are refused when any bit of theirs has turned, or some are missing or too many")
    func damage() {
        let whole = WordCounts(Self.text).bytes
        for place in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[place] ^= 1 << UInt8(bit)
                #expect(throws: WordCountsFault.self) { try WordCounts(bytes: damaged) }
            }
            #expect(throws: WordCountsFault.self) { try WordCounts(bytes: Array(whole[..<place])) }
        }
        #expect(throws: WordCountsFault.self) { try WordCounts(bytes: whole + [0]) }
        #expect(throws: WordCountsFault.self) { try WordCounts(bytes: []) }
    }

    @Test("never read past their end, whatever the bytes are")
    func noise() {
        var dice = Seeded(3)
        for _ in 0..<20_000 {
            var bytes = dice.bytes(0...40)
            if !bytes.isEmpty { bytes[0] = 1 }
            #expect(throws: WordCountsFault.self) { try WordCounts(bytes: bytes) }
        }
    }

    @Test("of a word that comes very often stop at 65,535")
    func saturation() throws {
        let counts = WordCounts(String(repeating: "a ", count: 70_000) + "b")
        #expect(counts.length == 65_536 && counts.distinctCount == 2)
        #expect(try WordCounts(bytes: counts.bytes) == counts)
    }
}
