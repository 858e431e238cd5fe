extension VectorTable {
    /// The k best rows of the scope with their exact scores: falling scores, and of equal ones the lower row first.
    /// All of them where there are fewer than k.
    ///
    /// Bounds for all rows come first, from codes; only rows whose bound reaches the k-th best score are compared in
    /// full. Where bounds tell nothing, that is all of them, and it takes about a fourth longer than comparing all at
    /// once.
    ///
    /// - Parameter rows: Only these, so that several threads can share the work; nil: all.
    package func best(
        _ k: Int, of question: VectorQuestion, in scope: RowSet, rows: Range<Int>? = nil
    ) -> [(row: Int, score: Float)] {
        precondition(question.shape == shape, "the question is for vectors of another shape")
        guard k > 0 else { return [] }
        let rows = rows ?? 0..<count
        // Codes would spare little where much is wanted.
        if scope.count(in: rows) <= max(4 * k, 64) { return bestOfAll(k, question, scope, rows) }
        let bounds = VectorBounds(of: self, question, scope, rows)
        // Nothing below the k-th best of any rows is among the k best of all: rows of high bounds make a high mark.
        let mark = bestOfAll(k, question, RowSet(bounds.best(k)), rows).last?.score ?? -.infinity
        return bounds.best(k, atLeast: mark)
    }

    /// Without bounds.
    private func bestOfAll(
        _ k: Int, _ question: VectorQuestion, _ scope: RowSet, _ rows: Range<Int>
    ) -> [(row: Int, score: Float)] {
        var best = BestRows(limit: k)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rowsPerChunk) { room in
            guard let found = room.baseAddress else { return }
            forEachPiece(in: scope, rows) { chunk, piece in
                chunk.scores(piece.slots, of: question, into: found)
                forEachRow(of: piece, in: chunk, scope) { place, row in
                    if found[place] >= best.threshold { best.offer(row, found[place]) }
                }
            }
        }
        return best.sorted()
    }
}
