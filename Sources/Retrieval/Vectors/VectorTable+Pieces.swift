/// Vectors that lie side by side in a chunk and are compared together.
struct VectorPiece {
    /// The chunk's place in the table.
    let chunk: Int
    let slots: Range<Int>
    /// Some of them belong to rows that are not asked for.
    let hasOthers: Bool
}

extension VectorTable {
    /// Fewer vectors in a row that nobody asked for are compared along: that takes less time than to begin anew.
    private static let minSkipped = 8

    /// All vectors of the rows that are asked for, in pieces; ascending.
    func forEachPiece(in scope: RowSet, _ rows: Range<Int>, _ body: (VectorChunk, VectorPiece) -> Void) {
        let rows = rows.clamped(to: 0..<count)
        guard !rows.isEmpty else { return }
        for place in rows.lowerBound / rowsPerChunk...(rows.upperBound - 1) / rowsPerChunk {
            let (chunk, base) = chunk(place)
            // What may still grow.
            var (slots, hasOthers) = (0..<0, false)
            scope.forEachRun(in: rows.clamped(to: base..<base + chunk.count)) { run in
                let next = chunk.slot(of: run.lowerBound - base)..<chunk.slot(of: run.upperBound - base)
                if next.isEmpty { return }
                if slots.isEmpty {
                    slots = next
                } else if next.lowerBound - slots.upperBound < Self.minSkipped {
                    hasOthers = hasOthers || next.lowerBound > slots.upperBound
                    slots = slots.lowerBound..<next.upperBound
                } else {
                    body(chunk, VectorPiece(chunk: place, slots: slots, hasOthers: hasOthers))
                    (slots, hasOthers) = (next, false)
                }
            }
            if !slots.isEmpty { body(chunk, VectorPiece(chunk: place, slots: slots, hasOthers: hasOthers)) }
        }
    }

    /// The rows of a piece that are asked for, with their vectors' places in the piece.
    @inline(__always)
    func forEachRow(
        of piece: VectorPiece, in chunk: VectorChunk, _ scope: RowSet, _ body: (_ place: Int, _ row: Int) -> Void
    ) {
        let base = piece.chunk * rowsPerChunk
        for slot in piece.slots {
            let row = base + chunk.row(of: slot)
            if piece.hasOthers, !scope.contains(row) { continue }
            body(slot - piece.slots.lowerBound, row)
        }
    }
}
