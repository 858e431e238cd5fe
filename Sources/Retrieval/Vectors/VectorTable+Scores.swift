extension VectorTable {
    /// Exact scores of all rows of the scope that have a vector, in ascending order of rows, behind what is there.
    ///
    /// - Parameter rows: Only these, so that several threads can share the work; nil: all.
    package func scores(
        of question: VectorQuestion, in scope: RowSet, rows: Range<Int>? = nil,
        into out: inout [(row: Int, score: Float)]
    ) {
        precondition(question.shape == shape, "the question is for vectors of another shape")
        out.reserveCapacity(out.count + scope.count(in: rows ?? 0..<count))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rowsPerChunk) { room in
            guard let found = room.baseAddress else { return }
            forEachPiece(in: scope, rows ?? 0..<count) { chunk, piece in
                chunk.scores(piece.slots, of: question, into: found)
                forEachRow(of: piece, in: chunk, scope) { place, row in out.append((row, found[place])) }
            }
        }
    }

    /// The exact score of one row; nil where it has no vector.
    package func score(_ row: Int, of question: VectorQuestion) -> Float? {
        precondition(question.shape == shape, "the question is for vectors of another shape")
        guard (0..<count).contains(row) else { return nil }
        let (chunk, base) = chunk(row / rowsPerChunk)
        let slot = chunk.slot(of: row - base)
        guard slot < chunk.vectorCount, base + chunk.row(of: slot) == row else { return nil }
        var score: Float = 0
        chunk.scores(slot..<slot + 1, of: question, into: &score)
        return score
    }

    /// For the same rows as ``scores(of:in:rows:into:)`` numbers that are at least their exact scores, by reading a
    /// fourth of the memory. Whoever takes rows by falling bound until the next bound is below the k-th best exact
    /// score so far has the k best. ``VectorQuestion`` has the proof.
    package func upperBounds(
        of question: VectorQuestion, in scope: RowSet, rows: Range<Int>? = nil,
        into out: inout [(row: Int, bound: Float)]
    ) {
        precondition(question.shape == shape, "the question is for vectors of another shape")
        out.reserveCapacity(out.count + scope.count(in: rows ?? 0..<count))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: rowsPerChunk) { room in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: rowsPerChunk) { products in
                guard let found = room.baseAddress, let products = products.baseAddress else { return }
                forEachPiece(in: scope, rows ?? 0..<count) { chunk, piece in
                    _ = chunk.upperBounds(piece.slots, of: question, products: products, into: found)
                    forEachRow(of: piece, in: chunk, scope) { place, row in out.append((row, found[place])) }
                }
            }
        }
    }
}
