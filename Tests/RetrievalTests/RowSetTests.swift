import LarderTestSupport
import Retrieval
import Testing

@Suite("A set of rows")
struct RowSetTests {
    /// Rows in stretches, so that runs cross words of 64.
    private func rows(_ dice: inout Seeded) -> Set<Int> {
        var rows: Set<Int> = []
        for _ in 0..<dice.number(0...8) {
            let start = dice.number(0...300)
            rows.formUnion(start..<start + dice.pick([1, 2, 63, 64, 65, 130]))
        }
        return rows
    }

    @Test("does what a set of numbers does")
    func sets() {
        var dice = Seeded(1)
        for _ in 0..<300 {
            let (one, other) = (rows(&dice), rows(&dice))
            let (a, b) = (RowSet(one), RowSet(other))
            #expect(a.rows == one.sorted() && a.count == one.count && a.isEmpty == one.isEmpty)
            #expect(a.union(b) == RowSet(one.union(other)))
            #expect(a.intersection(b) == RowSet(one.intersection(other)))
            #expect(a.subtracting(b) == RowSet(one.subtracting(other)))
            #expect((a == b) == (one == other))
            #expect((-1...500).allSatisfy { a.contains($0) == one.contains($0) })
        }
    }

    @Test("has runs that are as long as can be, within the rows that are asked for")
    func runs() {
        var dice = Seeded(2)
        for _ in 0..<300 {
            let expected = rows(&dice)
            let start = dice.number(0...450)
            let asked = start..<start + dice.number(0...450)
            var runs: [Range<Int>] = []
            RowSet(expected).forEachRun(in: asked) { runs.append($0) }
            #expect(runs.flatMap { Array($0) } == expected.filter(asked.contains).sorted())
            #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
            #expect(RowSet(expected).count(in: asked) == expected.filter(asked.contains).count)
        }
    }

    @Test("of a range holds just that", arguments: [0..<0, 0..<1, 5..<64, 63..<65, 64..<128, 100..<1_000, 0..<640])
    func range(rows: Range<Int>) {
        #expect(RowSet(rows).rows == Array(rows))
        var runs: [Range<Int>] = []
        RowSet(rows).forEachRun { runs.append($0) }
        #expect(runs == (rows.isEmpty ? [] : [rows]))
    }

    @Test("is the same when a high row was taken out again")
    func removal() {
        var set = RowSet([3, 200])
        set.remove(200)
        set.remove(9_999)
        #expect(set == RowSet([3]) && RowSet([3]) == set && set != RowSet([3, 4]))
    }
}
