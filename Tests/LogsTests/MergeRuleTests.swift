import Index
import LarderModel
import LarderTestSupport
import Testing

@testable import Logs

@Suite("The merge rule")
struct MergeRuleTests {
    /// One letter is one event; equal letters are equal events.
    struct Row: Sendable, CustomTestStringConvertible {
        var why: String
        /// Events whose fingerprints are remembered, `|` in front of the kept ones.
        var log: String
        var forgotten = 0
        var array: String
        var read: Int
        var testDescription: String { "\(why): \(log) + \(array)" }
    }

    private static func fingerprints(_ letters: some StringProtocol) -> [Fingerprint] {
        letters.utf8.compactMap { Fingerprint([UInt8](repeating: $0, count: 16)) }
    }

    @Test(
        "tells what the client had read",
        arguments: [
            Row(why: "an empty log", log: "|", array: "ab", read: 0),
            Row(why: "an empty array", log: "|abc", array: "", read: 0),
            Row(why: "an empty array over a trimmed log", log: "ab|cd", array: "", read: 0),
            // 1: the array starts with all that is kept.
            Row(why: "all and more", log: "|abc", array: "abcd", read: 3),
            Row(why: "all and nothing more", log: "|abc", array: "abc", read: 3),
            Row(why: "one more equal item", log: "|aaa", array: "aaaa", read: 3),
            Row(why: "two more equal items", log: "|a", array: "aaa", read: 1),
            Row(why: "one more equal item, the cap has moved", log: "aa|aaa", array: "aaaa", read: 3),
            Row(why: "all that is kept of a trimmed log", log: "abc|de", array: "def", read: 2),
            Row(why: "all that is kept of a forgetful log", log: "c|de", forgotten: 2, array: "def", read: 2),
            // 2: the longest run from a possible beginning.
            Row(why: "stale", log: "|abcd", array: "abx", read: 2),
            Row(why: "shorter", log: "|abcd", array: "ab", read: 2),
            Row(why: "stale from the log's beginning, now trimmed", log: "ab|cd", array: "abx", read: 2),
            Row(why: "stale from the beginning, with one event read", log: "abcdefg|hij", array: "ax", read: 1),
            Row(why: "read before the cap moved, reaching into the kept part", log: "ab|cde", array: "bcx", read: 2),
            Row(
                why: "read before the cap moved, reaching no kept event, yet as long as the kept part",
                log: "abcdef|ghi", array: "cdex", read: 3),
            Row(why: "a part of the kept events, from the first", log: "ab|cde", array: "cdx", read: 2),
            Row(why: "one of the kept events, not the first: it is a new one", log: "|abcd", array: "c", read: 0),
            Row(why: "one old event, gone by now: it is a new one", log: "abcdef|ghi", array: "d", read: 0),
            Row(
                why: "two old events, in an array shorter than the kept part: they are new", log: "abcdef|ghij",
                array: "cdx", read: 0),
            Row(
                why: "one old event in an array as long as the kept part: it is a new one", log: "abcdef|ghi",
                array: "cxy", read: 0),
            Row(why: "of two equal runs the one from the first kept event", log: "ab|abc", array: "abx", read: 2),
            Row(why: "the longer run, though it begins earlier", log: "abc|abd", array: "abcx", read: 3),
            Row(why: "one more than the log, of an equal kind", log: "|abab", array: "ababab", read: 4),
            // A client that cut its oldest items.
            Row(why: "cut by one, one added", log: "|abc", array: "bcx", read: 2),
            Row(why: "cut by one, one added, another writer came first", log: "a|bcd", array: "bcx", read: 2),
            Row(why: "cut by one, one added, many writers came first", log: "abcdef|ghi", array: "cdx", read: 2),
            Row(why: "cut by two of four, two added", log: "|abcd", array: "cdxy", read: 2),
            Row(why: "cut down to what is new", log: "|abc", array: "xyz", read: 0),
            Row(why: "cut at a cap of one", log: "|a", array: "x", read: 0),
            Row(why: "cut, but less than half of it is known", log: "|abcd", array: "dxyz", read: 0),
            Row(why: "short, so not cut: it is a new one", log: "|abcd", array: "dx", read: 0),
            // 3: it begins before what is remembered.
            Row(why: "two items in front of the memory", log: "c|de", forgotten: 2, array: "abcdex", read: 5),
            Row(why: "one of the forgotten items in front", log: "c|de", forgotten: 2, array: "bcdx", read: 3),
            Row(why: "more in front than was forgotten", log: "c|de", forgotten: 1, array: "abcdex", read: 0),
            Row(
                why: "forgotten in front, but no kept event is reached", log: "cd|ef", forgotten: 2, array: "bcdx",
                read: 0),
            Row(why: "all of it forgotten", log: "c|de", forgotten: 2, array: "abx", read: 0),
            // 4
            Row(why: "nothing in common", log: "|abc", array: "xyz", read: 0),
            Row(why: "one item over a long log", log: "ab|cdefgh", array: "x", read: 0),
        ])
    func table(row: Row) {
        let parts = row.log.split(separator: "|", omittingEmptySubsequences: false)
        let memory = LogMemory(
            fingerprints: Self.fingerprints(parts[0] + parts[1]), keptCount: parts[1].utf8.count,
            forgotten: row.forgotten)
        #expect(MergeRule.readCount(Self.fingerprints(row.array), memory) == row.read)
    }

    @Test("never takes more for read than there is, and takes a whole log for read", arguments: 1...40)
    func bounds(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<300 {
            let letters = (0..<Int.random(in: 0...12, using: &random)).map { _ in random.pick(Array("abcd")) }
            let keptCount = Int.random(in: 0...letters.count, using: &random)
            let memory = LogMemory(
                fingerprints: Self.fingerprints(String(letters)), keptCount: keptCount,
                forgotten: Int.random(in: 0...3, using: &random))
            let array = Self.fingerprints(
                String((0..<Int.random(in: 0...12, using: &random)).map { _ in random.pick(Array("abcd")) }))
            let read = MergeRule.readCount(array, memory)
            #expect((0...array.count).contains(read))
            // What is kept, with anything behind it.
            let kept = Array(memory.fingerprints.suffix(keptCount))
            if keptCount > 0 { #expect(MergeRule.readCount(kept + array, memory) == keptCount) }
        }
    }

    @Test(
        "passes over events that were forgotten one by one, for who had read them and for who had not",
        arguments: [
            ("abcd", [1], 0, 4), ("acd", [1], 0, 3), ("acdx", [1], 0, 3), ("abcdx", [1], 0, 4), ("a", [1, 2], 0, 1),
            ("ad", [1, 2], 0, 2), ("abd", [1, 2], 0, 3), ("acx", [1], 0, 2), ("x", [1], 0, 0), ("bcd", [0], 0, 3),
            ("abc", [3], 0, 3), ("abcx", [3], 0, 3), ("abcdx", [3], 0, 4),
        ] as [(String, [Int], Int, Int)])
    func holes(items: String, holes: [Int], forgotten: Int, read: Int) throws {
        let memory = LogMemory(
            fingerprints: try Array("abcd").map(Self.fingerprint), keptCount: 4, forgotten: forgotten,
            holes: Set(holes))
        #expect(MergeRule.readCount(try Array(items).map(Self.fingerprint), memory) == read)
    }

    private static func fingerprint(_ letter: Character) throws -> Fingerprint {
        try #require(Fingerprint([UInt8](repeating: letter.asciiValue ?? 0, count: 16)))
    }
}
