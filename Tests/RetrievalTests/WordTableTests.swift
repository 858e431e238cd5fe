import Foundation
import LarderTestSupport
import Retrieval
import Testing

/// BM25 by the formula, over arrays of words.
private func plainScores(_ texts: [[String]], _ question: String, _ scope: RowSet) -> [Int: Double] {
    let rows = scope.rows.filter { $0 < texts.count }
    let mean = Double(rows.reduce(0) { $0 + texts[$1].count }) / Double(rows.count)
    var scores: [Int: Double] = [:]
    for word in Set(Tokenizer.words(question)) {
        let with = rows.filter { texts[$0].contains(word) }
        let n = Double(with.count)
        let idf = log(1 + (Double(rows.count) - n + 0.5) / (n + 0.5))
        for row in with {
            let f = Double(texts[row].filter { $0 == word }.count)
            let weight = f * (1.2 + 1) / (f + 1.2 * (1 - 0.75 + 0.75 * Double(texts[row].count) / mean))
            scores[row, default: 0] += idf * weight
        }
    }
    return scores
}

@Suite("A table of words")
struct WordTableTests {
    /// Common words and rare ones, and now and then no words at all.
    private func text(_ dice: inout Seeded) -> String {
        dice.many(0...12) { $0.once(in: 3) ? "common" : "w\($0.number(0...$0.pick([3, 40, 2_000])))" }.joined(
            separator: " ")
    }

    private func scope(_ count: Int, _ dice: inout Seeded) -> RowSet {
        switch dice.number(0...3) {
        case 0: return RowSet(0..<count + 70)
        case 1: return RowSet((0..<count).filter { _ in dice.once(in: 3) })
        case 2: return RowSet((0..<count).filter { _ in dice.once(in: 200) })
        default:
            let start = dice.number(0...count)
            return RowSet(start..<dice.number(start...count))
        }
    }

    private func expectSame(_ found: [(row: Int, score: Double)], _ expected: [Int: Double]) {
        #expect(found.map(\.row) == expected.keys.sorted())
        for (row, score) in found { #expect(abs(score / (expected[row] ?? 0) - 1) < 1e-12, "row \(row)") }
    }

    @Test("scores as the formula says, at each size on the way to several segments", arguments: [1, 2])
    func scores(seed: UInt64) {
        var dice = Seeded(seed)
        var table = WordTable()
        var texts: [[String]] = []
        for size in [0, 1, 7, 100, 2_047, 2_048, 2_049, 4_096, 4_700, 6_200] {
            while texts.count < size {
                let text = text(&dice)
                texts.append(Tokenizer.words(text))
                table.append(WordCounts(text))
            }
            #expect(table.count == size)
            for question in ["common", "w1 w2 W1", "w3 common w777", text(&dice), ""] {
                let scope = scope(size, &dice)
                expectSame(table.scores(of: WordCounts(question), in: scope), plainScores(texts, question, scope))
            }
        }
    }

    @Test("has the same bits whatever segments its rows are in")
    func sameBits() {
        var dice = Seeded(5)
        let texts = (0..<9_000).map { _ in text(&dice) }
        var one = WordTable()
        for text in texts { one.append(WordCounts(text)) }
        var other = WordTable()
        // A row of its own in front moves the borders of all segments.
        other.append(WordCounts("another"))
        for text in texts { other.append(WordCounts(text)) }
        for question in ["common w2", "w1 w2 w3 w4 common", "w1999"] {
            let found = one.scores(of: WordCounts(question), in: RowSet(0..<9_000))
            let moved = other.scores(of: WordCounts(question), in: RowSet(1..<9_001))
            #expect(found.map(\.score) == moved.map(\.score))
            #expect(found.map(\.row) == moved.map { $0.row - 1 })
        }
    }

    @Test("answers in a copy as it did before more rows came")
    func copies() {
        var dice = Seeded(6)
        var table = WordTable()
        var copies: [(WordTable, [Double])] = []
        let question = WordCounts("common w1")
        for row in 0..<9_000 {
            if row % 1_000 == 500 {
                copies.append((table, table.scores(of: question, in: RowSet(0..<10_000)).map(\.score)))
            }
            table.append(WordCounts(text(&dice)))
        }
        for (copy, before) in copies {
            #expect(copy.scores(of: question, in: RowSet(0..<10_000)).map(\.score) == before)
        }
    }

    @Test("finds words whose hashes begin alike, and rows with very many words")
    func crowded() {
        // Row r has every (r + 1)th of these words, 40,000 of them: rows become segments before 2,048 wait.
        var table = WordTable()
        for step in 1...9 {
            table.append(WordCounts((0..<40_000).map { "x\($0 * step)" }.joined(separator: " ")))
        }
        // Of so many words some thousand have their first 22 bits in common with another.
        for number in stride(from: 0, to: 80_000, by: 17) {
            let found = table.scores(of: WordCounts("x\(number)"), in: RowSet(0..<9)).map(\.row)
            #expect(found == (0..<9).filter { number % ($0 + 1) == 0 && number / ($0 + 1) < 40_000 })
        }
    }

    @Test("without words has no results")
    func empty() {
        var table = WordTable()
        #expect(table.scores(of: WordCounts("a"), in: RowSet(0..<5)).isEmpty)
        table.append(WordCounts(""))
        table.append(WordCounts())
        #expect(table.scores(of: WordCounts("a"), in: RowSet(0..<5)).isEmpty && table.count == 2)
        table.append(WordCounts("a"))
        #expect(table.scores(of: WordCounts("A"), in: RowSet(0..<5)).map(\.row) == [2])
        #expect(table.scores(of: WordCounts("a"), in: RowSet(0..<2)).isEmpty)
    }

    @Test("tells what memory it takes", arguments: [1_000, 5_000])
    func memory(count: Int) {
        var table = WordTable()
        let text = "thirty different words are what a turn of a talk has when somebody counts"
        for row in 0..<count { table.append(WordCounts("\(text) \(row)")) }
        #expect(table.bytes > count * 15 * 4 && table.bytes < count * 15 * 40)
    }
}
