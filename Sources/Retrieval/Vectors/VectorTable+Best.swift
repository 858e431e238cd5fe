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
        let bounds = Bounds(of: self, question, scope, rows)
        // Nothing below the k-th best of any rows is among the k best of all: rows of high bounds make a high mark.
        let likely = RowSet(bounds.best(k))
        let mark = bestOfAll(k, question, likely, rows).last?.score ?? -.infinity
        var best = BestRows(limit: k)
        bounds.forEach(atLeast: { max(mark, best.threshold) }) { chunk, slot, row in
            var score: Float = 0
            chunk.scores(slot..<slot + 1, of: question, into: &score)
            best.offer(row, score)
        }
        return best.sorted()
    }

    /// Without bounds.
    private func bestOfAll(
        _ k: Int, _ question: VectorQuestion, _ scope: RowSet, _ rows: Range<Int>
    ) -> [(row: Int, score: Float)] {
        var best = BestRows(limit: k)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rowsPerChunk) { room in
            guard let found = room.baseAddress else { return }
            forEachPiece(in: scope, rows) { chunk, slots, firstRow in
                chunk.scores(slots, of: question, into: found)
                for place in 0..<slots.count where found[place] >= best.threshold {
                    best.offer(firstRow + place, found[place])
                }
            }
        }
        return best.sorted()
    }

    /// Upper bounds of all rows of a scope, piece by piece.
    private struct Bounds {
        private struct Piece {
            let chunk: VectorChunk
            let slots: Range<Int>
            let firstRow: Int
            /// Where its bounds begin.
            let start: Int
            let highest: Float
        }

        private var pieces: [Piece] = []
        private var bounds: [Float] = []

        init(of table: VectorTable, _ question: VectorQuestion, _ scope: RowSet, _ rows: Range<Int>) {
            var pieces: [Piece] = []
            bounds = [Float](unsafeUninitializedCapacity: scope.count(in: rows)) { room, filled in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: table.rowsPerChunk) { products in
                    guard let products = products.baseAddress, let out = room.baseAddress else { return }
                    table.forEachPiece(in: scope, rows) { chunk, slots, firstRow in
                        let highest = chunk.upperBounds(slots, of: question, products: products, into: out + filled)
                        pieces.append(
                            Piece(chunk: chunk, slots: slots, firstRow: firstRow, start: filled, highest: highest))
                        filled += slots.count
                    }
                }
            }
            self.pieces = pieces
        }

        /// Those whose bound is not below a limit, which may rise meanwhile; ascending rows.
        func forEach(
            atLeast limit: () -> Float, _ body: (VectorChunk, _ slot: Int, _ row: Int) -> Void
        ) {
            for piece in pieces where piece.highest >= limit() {
                for place in 0..<piece.slots.count where bounds[piece.start + place] >= limit() {
                    body(piece.chunk, piece.slots.lowerBound + place, piece.firstRow + place)
                }
            }
        }

        /// The k rows of the highest bounds.
        func best(_ k: Int) -> [Int] {
            var best = BestRows(limit: k)
            for piece in pieces where piece.highest >= best.threshold {
                for place in 0..<piece.slots.count where bounds[piece.start + place] >= best.threshold {
                    best.offer(piece.firstRow + place, bounds[piece.start + place])
                }
            }
            return best.sorted().map(\.row)
        }
    }
}
