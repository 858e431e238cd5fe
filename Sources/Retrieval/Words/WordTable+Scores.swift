extension WordTable {
    /// How much a word's repetition counts, and how much a row's length.
    private static let k1 = 1.2
    private static let b = 0.75

    /// BM25 of the rows of the scope that hold any of the question's words, in ascending order of rows.
    ///
    ///     Σ ln(1 + (N − n + 0.5) / (n + 0.5)) · f · (k1 + 1) / (f + k1 · (1 − b + b · length / mean length))
    ///
    /// over the question's different words, each once: N are the rows of the scope, n those of them that hold the
    /// word, f is how often the row does; k1 = 1.2, b = 0.75 (Robertson & Zaragoza 2009, «The Probabilistic Relevance
    /// Framework», §3; the logarithm never is negative so, and the factor k1 + 1 is TREC-3's). Rows outside of the
    /// scope change nothing.
    ///
    /// Sums have one order and the logarithm is our own, so that the same bits come out on every machine.
    package func scores(of question: WordCounts, in scope: RowSet) -> [(row: Int, score: Double)] {
        scores(of: question, in: scope, statistics(of: question, in: scope))
    }

    /// The same by statistics of other rows than those of the scope: of more of them, or of several tables.
    package func scores(
        of question: WordCounts, in scope: RowSet, _ statistics: WordStatistics
    ) -> [(row: Int, score: Double)] {
        guard statistics.length > 0 else { return [] }
        let words = question.words.enumerated().compactMap { place, word in
            let found = ScopedWord(word, self, scope)
            return found.rowCount > 0 ? (place, found) : nil
        }
        guard !words.isEmpty else { return [] }
        let mean = Double(statistics.length) / Double(statistics.rows)
        let weight = Weight(base: Self.k1 * (1 - Self.b), perWord: Self.k1 * Self.b / mean)
        let idf = words.map { place, _ in
            Self.idf(rows: statistics.rows, with: statistics.rowCounts[place]) * (Self.k1 + 1)
        }
        let found = words.map(\.1)
        var scores: [(row: Int, score: Double)] = []
        for place in segments.indices { add(segments[place], place, found, idf, weight, scope, &scores) }
        addWaiting(found, idf, weight, scope, &scores)
        return scores
    }

    /// What BM25 has to know of the rows among which it compares.
    package func statistics(of question: WordCounts, in scope: RowSet) -> WordStatistics {
        let (rows, length) = statistics(of: scope)
        return WordStatistics(
            rows: rows, length: length, rowCounts: question.words.map { ScopedWord($0, self, scope).rowCount })
    }

    private static func idf(rows: Int, with: Int) -> Double {
        naturalLogarithm(1 + (Double(rows - with) + 0.5) / (Double(with) + 0.5))
    }

    /// What a row's length does.
    private struct Weight {
        let base: Double
        let perWord: Double

        func of(_ occurrences: Int, length: Int) -> Double {
            let count = Double(occurrences)
            return count / (count + (base + perWord * Double(length)))
        }
    }

    // MARK: Statistics

    /// How many rows of the scope there are, and how many words they have.
    private func statistics(of scope: RowSet) -> (rows: Int, length: Int) {
        var (rows, length) = (0, 0)
        for segment in segments {
            let inScope = scope.count(in: segment.base..<segment.base + segment.rowCount)
            rows += inScope
            if inScope == segment.rowCount {
                length += segment.totalLength
            } else if inScope > 0 {
                scope.forEachRun(in: segment.base..<segment.base + segment.rowCount) { run in
                    for row in run { length += Int(segment.lengths[row - segment.base]) }
                }
            }
        }
        scope.forEachRun(in: segmentRows..<count) { run in
            rows += run.count
            for row in run { length += waiting[row - segmentRows].length }
        }
        return (rows, length)
    }

    /// Where a word is, and in how many rows of the scope.
    private struct ScopedWord {
        /// Its postings in each segment.
        let places: [Range<Int>]
        /// Of the rows of the scope that wait: how often each has it, where it does.
        let waiting: [(row: Int, count: Int)]
        let rowCount: Int

        init(_ word: UInt64, _ table: WordTable, _ scope: RowSet) {
            places = table.segments.map { $0.places(of: word) }
            var waiting: [(row: Int, count: Int)] = []
            let first = table.segmentRows
            scope.forEachRun(in: first..<table.count) { run in
                for row in run {
                    let count = table.waiting[row - first].count(of: word)
                    if count > 0 { waiting.append((row, count)) }
                }
            }
            self.waiting = waiting
            rowCount = zip(table.segments, places).reduce(waiting.count) { $0 + $1.0.rowCount(of: $1.1, in: scope) }
        }
    }

    // MARK: Sums

    private func add(
        _ segment: WordSegment, _ place: Int, _ words: [ScopedWord], _ idf: [Double], _ weight: Weight, _ scope: RowSet,
        _ scores: inout [(row: Int, score: Double)]
    ) {
        guard words.contains(where: { !$0.places[place].isEmpty }) else { return }
        var sums = [Double](repeating: 0, count: segment.rowCount)
        for (word, idf) in zip(words, idf) {
            for posting in segment.postings[word.places[place]] {
                let row = WordSegment.row(posting)
                sums[row] += idf * weight.of(WordSegment.occurrences(posting), length: Int(segment.lengths[row]))
            }
        }
        scope.forEachRun(in: segment.base..<segment.base + segment.rowCount) { run in
            for row in run where sums[row - segment.base] > 0 { scores.append((row, sums[row - segment.base])) }
        }
    }

    private func addWaiting(
        _ words: [ScopedWord], _ idf: [Double], _ weight: Weight, _ scope: RowSet,
        _ scores: inout [(row: Int, score: Double)]
    ) {
        var sums = [Double](repeating: 0, count: waiting.count)
        for (word, idf) in zip(words, idf) {
            for found in word.waiting {
                let place = found.row - segmentRows
                sums[place] += idf * weight.of(found.count, length: waiting[place].length)
            }
        }
        for (place, sum) in sums.enumerated() where sum > 0 { scores.append((segmentRows + place, sum)) }
    }
}
