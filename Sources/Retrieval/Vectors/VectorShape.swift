internal import CVectors

/// How the vectors of a table lie in memory, and what is asked of each.
struct VectorShape: Sendable, Equatable {
    let dims: Int
    let metric: VectorMetric
    /// Floats from row to row: a multiple of 16, of which those past ``dims`` are 0.
    let stride: Int
    /// Codes from row to row: a multiple of 64, likewise.
    let codeStride: Int

    /// The loops that this CPU runs best; see CVectors.h.
    static let variant = larder_vectors_best_variant()

    init(dims: Int, metric: VectorMetric) {
        precondition((1...VectorTable.maxDims).contains(dims), "a vector has 1 to \(VectorTable.maxDims) dimensions")
        self.dims = dims
        self.metric = metric
        stride = (dims + 15) / 16 * 16
        codeStride = (dims + 63) / 64 * 64
    }

    /// Rows of a chunk: a power of two, with 512 KiB of floats or less where that leaves 64 rows, as the words of a
    /// ``RowSet`` have bits.
    var chunkRows: Int {
        var rows = 1_024
        while rows > 64, rows * stride * 4 > 524_288 { rows /= 2 }
        return rows
    }

    /// Makes a row of what was copied into it: checks it, and gives it length 1 under cosine. Where it throws, the row
    /// is as it was.
    func settle(_ row: UnsafeMutablePointer<Float>) throws(VectorFault) {
        // Squares of floats and their sums are far from a double's ends, so that only what is not finite makes it so.
        let square = larder_vectors_square(Self.variant, row, stride)
        guard square.isFinite else {
            throw .notFinite(place: (0..<dims).first { !row[$0].isFinite } ?? 0)
        }
        if metric == .cosine {
            guard square > 0 else { throw .zero }
            larder_vectors_divide(Self.variant, row, stride, square.squareRoot())
        } else if square > VectorTable.maxLength * VectorTable.maxLength {
            throw .tooLong
        }
    }
}
