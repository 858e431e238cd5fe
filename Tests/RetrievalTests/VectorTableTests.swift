import LarderTestSupport
import Retrieval
import Testing

@Suite("A table of vectors")
struct VectorTableTests {
    /// A table of rows some of which have no vector, and the vectors by row.
    private func filled(
        _ count: Int, _ dice: inout VectorDice, _ metric: VectorMetric
    ) throws -> (VectorTable, [[Float]?]) {
        var table = VectorTable(dims: dice.dims, metric: metric)
        var vectors: [[Float]?] = []
        let hasGaps = dice.dice.once(in: 2)
        for _ in 0..<count {
            let vector = hasGaps && dice.dice.once(in: 5) ? nil : dice.vector()
            vectors.append(vector)
            guard let vector else {
                table.appendNone()
                continue
            }
            if dice.dice.once(in: 2) {
                try table.append(vector)
            } else {
                try table.append(bytes: vector.littleEndianBytes)
            }
        }
        return (table, vectors)
    }

    /// Dims, and rows that are more than a chunk.
    private static let shapes = VectorMetric.allCases.flatMap { metric in
        [(1, 1_100), (3, 1_100), (16, 1_100), (17, 1_100), (65, 1_100), (384, 400)].map { (metric, $0.0, $0.1) }
    }

    @Test("scores each row of the scope as the definition says, within what floats can tell", arguments: shapes)
    func scores(metric: VectorMetric, dims: Int, count: Int) throws {
        var dice = VectorDice(UInt64(dims), dims: dims)
        let (table, vectors) = try filled(count, &dice, metric)
        #expect(table.count == count && table.vectorCount == vectors.filter { $0 != nil }.count)
        for _ in 0..<4 {
            let asked = dice.vector()
            let question = try table.question(asked)
            let scope = dice.scope(table.count)
            var scores: [(row: Int, score: Float)] = []
            table.scores(of: question, in: scope, into: &scores)
            #expect(scores.map(\.row) == scope.rows.filter { $0 < count && vectors[$0] != nil })
            for (row, score) in scores {
                let vector = try #require(vectors[row])
                let expected = plainScore(asked, vector, metric)
                let size = metric == .dot ? asked.length * vector.length : 1
                // An error of d² by 1e-5 of the lengths' squares moves a score near 1 by as much.
                let room =
                    metric == .l2 ? min(1, 1e-5 * (asked.length + vector.length) * (asked.length + vector.length)) : 0
                #expect(abs(Double(score) - expected) <= 1e-5 * size + room + 1e-38, "row \(row)")
                #expect(table.score(row, of: question) == score)
            }
        }
    }

    @Test("has for each score a bound that is not below it, and not far above it", arguments: shapes)
    func bounds(metric: VectorMetric, dims: Int, count: Int) throws {
        var dice = VectorDice(UInt64(dims) + 1_000, dims: dims)
        let (table, _) = try filled(count, &dice, metric)
        for _ in 0..<6 {
            let question = try table.question(dice.vector())
            let scope = dice.scope(table.count)
            var scores: [(row: Int, score: Float)] = []
            var bounds: [(row: Int, bound: Float)] = []
            table.scores(of: question, in: scope, into: &scores)
            table.upperBounds(of: question, in: scope, into: &bounds)
            #expect(bounds.map(\.row) == scores.map(\.row))
            #expect(zip(scores, bounds).allSatisfy { $0.score <= $1.bound && $1.bound.isFinite })
        }
    }

    @Test("gives out the same best rows as sorting all scores does", arguments: shapes)
    func best(metric: VectorMetric, dims: Int, count: Int) throws {
        var dice = VectorDice(UInt64(dims) + 2_000, dims: dims)
        let (table, _) = try filled(count, &dice, metric)
        for round in 0..<12 {
            let question = try table.question(dice.vector())
            let scope = dice.scope(table.count)
            let k = dice.dice.pick([0, 1, 2, 10, 100, 1_000, 5_000])
            var scores: [(row: Int, score: Float)] = []
            table.scores(of: question, in: scope, into: &scores)
            let expected = scores.sorted { ($1.score, $0.row) < ($0.score, $1.row) }.prefix(k)
            let best = table.best(k, of: question, in: scope)
            #expect(best.map(\.row) == expected.map(\.row), "round \(round), k \(k)")
            #expect(best.map(\.score) == expected.map(\.score))
        }
    }

    @Test("in parts is compared as in one", arguments: VectorMetric.allCases)
    func parts(metric: VectorMetric) throws {
        var dice = VectorDice(5, dims: 384)
        let (table, _) = try filled(1_000, &dice, metric)
        let question = try table.question(dice.vector())
        let scope = RowSet(0..<1_000)
        var (whole, inParts): ([(row: Int, score: Float)], [(row: Int, score: Float)]) = ([], [])
        table.scores(of: question, in: scope, into: &whole)
        let cuts = [0, 1, table.rowsPerChunk, 600, 1_000]
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            table.scores(of: question, in: scope, rows: start..<end, into: &inParts)
        }
        #expect(whole.map(\.row) == inParts.map(\.row) && whole.map(\.score) == inParts.map(\.score))
        let best = zip(cuts, cuts.dropFirst()).flatMap { table.best(7, of: question, in: scope, rows: $0..<$1) }
        let merged = best.sorted { ($1.score, $0.row) < ($0.score, $1.row) }.prefix(7)
        #expect(table.best(7, of: question, in: scope).map(\.row) == merged.map(\.row))
    }

    @Test(
        "gives equal vectors equal scores, and a score of 1 to the question itself under l2", arguments: [2, 17, 384])
    func equals(dims: Int) throws {
        for metric in VectorMetric.allCases {
            var dice = VectorDice(7, dims: dims)
            let asked = (0..<dims).map { _ in Float.random(in: -1...1, using: &dice.dice) }
            var table = VectorTable(dims: dims, metric: metric)
            // Four are compared at a time; these are at each place among them, and alone.
            for row in 0..<703 { try table.append(row % 3 == 0 ? asked : dice.vector()) }
            let question = try table.question(asked)
            let scores = Set((0..<703).filter { $0 % 3 == 0 }.map { table.score($0, of: question) })
            #expect(scores.count == 1)
            var all: [(row: Int, score: Float)] = []
            table.scores(of: question, in: RowSet(0..<703), into: &all)
            #expect(Set(all.filter { $0.row % 3 == 0 }.map(\.score)) == Set(scores.compactMap { $0 }))
            if metric == .l2 { #expect(scores == [1]) }
            #expect(
                Array(table.best(5, of: question, in: RowSet(0..<703)).map(\.row)).allSatisfy { $0 % 3 == 0 }
                    || metric == .dot)
        }
    }

    @Test("stays exact where all rows are alike and where one number is far above the rest")
    func worstCases() throws {
        for metric in VectorMetric.allCases {
            var table = VectorTable(dims: 64, metric: metric)
            var dice = Seeded(8)
            for row in 0..<2_000 {
                var vector = (0..<64).map { _ in row < 1_000 ? 0.5 : Float.random(in: -1...1, using: &dice) }
                if row >= 1_000 { vector[3] = 1e6 }
                try table.append(vector)
            }
            for asked in [[Float](repeating: 0.5, count: 64), (0..<64).map { $0 == 3 ? 1e6 : 0.25 }] {
                let question = try table.question(asked)
                var scores: [(row: Int, score: Float)] = []
                table.scores(of: question, in: RowSet(0..<2_000), into: &scores)
                let expected = scores.sorted { ($1.score, $0.row) < ($0.score, $1.row) }.prefix(20)
                let best = table.best(20, of: question, in: RowSet(0..<2_000))
                #expect(best.map(\.row) == expected.map(\.row) && best.map(\.score) == expected.map(\.score))
            }
        }
    }

    @Test("answers in a copy as it did before more rows came")
    func copies() throws {
        var dice = VectorDice(9, dims: 33)
        var (table, _) = try filled(2_100, &dice, .cosine)
        let question = try table.question(dice.vector())
        for _ in 0..<5 {
            let copy = table
            var before: [(row: Int, score: Float)] = []
            copy.scores(of: question, in: RowSet(0..<10_000), into: &before)
            for _ in 0..<300 { try table.append(dice.vector()) }
            var after: [(row: Int, score: Float)] = []
            copy.scores(of: question, in: RowSet(0..<10_000), into: &after)
            #expect(copy.count == table.count - 300)
            #expect(before.map(\.row) == after.map(\.row) && before.map(\.score) == after.map(\.score))
        }
    }

    @Test("takes about five bytes of memory for each component")
    func memory() throws {
        var table = VectorTable(dims: 384, metric: .cosine)
        for row in 0..<2_048 { try table.append((0..<384).map { Float(($0 * 7 + row) % 11) - 5 }) }
        let least = 2_048 * 384 * 5
        #expect(table.bytes >= least && table.bytes <= least * 11 / 10)
    }
}
