import Retrieval

extension MicroCase {
    /// What a search does in memory: vectors compared, words looked up, a text cut into words.
    static let retrieval = [
        MicroCase(name: "vectors, best 10 of 10,000 × 384", steps: 1) {
            var numbers = Numbers()
            var table = VectorTable(dims: 384, metric: .cosine)
            for _ in 0..<10_000 { try table.append(numbers.vector(384)) }
            let question = try table.question(numbers.vector(384))
            let (full, scope) = (table, RowSet(0..<10_000))
            return { full.best(10, of: question, in: scope).count }
        },
        MicroCase(name: "words, 2 in 10,000 turns", steps: 1) {
            var numbers = Numbers()
            var table = WordTable()
            for _ in 0..<10_000 { table.append(WordCounts(numbers.turn())) }
            let (full, scope, question) = (table, RowSet(0..<10_000), WordCounts("common w77"))
            return { full.scores(of: question, in: scope).count }
        },
        MicroCase(name: "words of a turn, 1 KiB", steps: 1_000) {
            var numbers = Numbers()
            var turn = "common"
            while turn.utf8.count < 1_024 { turn += " " + numbers.turn() }
            let text = turn
            return { WordCounts(text).length }
        },
    ]

    /// The same on every run.
    private struct Numbers {
        private var state: UInt64 = 7

        private mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }

        /// Components of −1…1.
        mutating func vector(_ dims: Int) -> [Float] {
            (0..<dims).map { _ in Float(next()) / 1_073_741_824 - 1 }
        }

        /// Ten to forty words, some of which are in very many turns; half of them have the one that is asked for.
        mutating func turn() -> String {
            var words = next() % 2 == 0 ? ["common"] : []
            for _ in 0..<10 + next() % 31 { words.append("w\(next() % (10 << (next() % 10)))") }
            return words.joined(separator: " ")
        }
    }
}
