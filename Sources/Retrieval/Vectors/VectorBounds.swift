/// Upper bounds of all rows of a scope, piece by piece.
struct VectorBounds {
    private let table: VectorTable
    private let question: VectorQuestion
    private let scope: RowSet
    private var pieces: [(piece: VectorPiece, start: Int, highest: Float)] = []
    /// Of all vectors in the pieces, also those that nobody asked for.
    private var bounds: [Float] = []

    init(of table: VectorTable, _ question: VectorQuestion, _ scope: RowSet, _ rows: Range<Int>) {
        (self.table, self.question, self.scope) = (table, question, scope)
        var pieces: [(piece: VectorPiece, start: Int, highest: Float)] = []
        let room = rows.clamped(to: 0..<table.count).count
        bounds = [Float](unsafeUninitializedCapacity: room) { room, filled in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: table.rowsPerChunk) { products in
                guard let products = products.baseAddress, let out = room.baseAddress else { return }
                table.forEachPiece(in: scope, rows) { chunk, piece in
                    let highest = chunk.upperBounds(piece.slots, of: question, products: products, into: out + filled)
                    pieces.append((piece, filled, highest))
                    filled += piece.slots.count
                }
            }
        }
        self.pieces = pieces
    }

    /// The k rows of the highest bounds.
    func best(_ k: Int) -> [Int] {
        var best = BestRows(limit: k)
        bounds.withUnsafeBufferPointer { bounds in
            for (piece, start, highest) in pieces where highest >= best.threshold {
                let (chunk, _) = table.chunk(piece.chunk)
                table.forEachRow(of: piece, in: chunk, scope) { place, row in
                    if bounds[start + place] >= best.threshold { best.offer(row, bounds[start + place]) }
                }
            }
        }
        return best.sorted().map(\.row)
    }

    /// The k best rows by their exact scores.
    ///
    /// - Parameter mark: The k-th best score is not below it.
    func best(_ k: Int, atLeast mark: Float) -> [(row: Int, score: Float)] {
        var best = BestRows(limit: k)
        bounds.withUnsafeBufferPointer { bounds in
            for (piece, start, highest) in pieces where highest >= max(mark, best.threshold) {
                let (chunk, _) = table.chunk(piece.chunk)
                table.forEachRow(of: piece, in: chunk, scope) { place, row in
                    guard bounds[start + place] >= max(mark, best.threshold) else { return }
                    let slot = piece.slots.lowerBound + place
                    var score: Float = 0
                    chunk.scores(slot..<slot + 1, of: question, into: &score)
                    best.offer(row, score)
                }
            }
        }
        return best.sorted()
    }
}
