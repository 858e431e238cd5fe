/// What BM25 knows of the rows among which it compares, for one question. Sums of several tables are those of all of
/// them.
package struct WordStatistics: Sendable, Equatable {
    /// How many there are, and how many words they have together.
    package let rows: Int
    package let length: Int
    /// In how many of them each of the question's words is, in its order; empty where there are no rows.
    package let rowCounts: [Int]

    package init(rows: Int = 0, length: Int = 0, rowCounts: [Int] = []) {
        self.rows = rows
        self.length = length
        self.rowCounts = rowCounts
    }

    /// Of the same question.
    package static func + (a: WordStatistics, b: WordStatistics) -> WordStatistics {
        let counts =
            a.rowCounts.isEmpty ? b.rowCounts : b.rowCounts.isEmpty ? a.rowCounts : zip(a.rowCounts, b.rowCounts).map(+)
        return WordStatistics(rows: a.rows + b.rows, length: a.length + b.length, rowCounts: counts)
    }
}
