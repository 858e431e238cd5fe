internal import CVectors

/// A vector that rows are compared with, made ready once.
///
/// **Exact scores** are dot products or distances of 32-bit floats, summed in 16 lanes whose order never depends on
/// the CPU. With u = 2^-24 and n roundings behind each other, what is computed differs from the true sum by at most
/// γ·Σ|terms| + τ, γ = n·u / (1 − n·u) (Higham 2002, «Accuracy and Stability of Numerical Algorithms», §3.1), where τ
/// holds what products lose below the smallest normal number, half of 2^-149 each.
///
/// **Bounds** come from codes of 8 bits. A row is x = a·c + r with codes c, the question q = b·d + e, and the lengths
/// R ≥ ‖r‖ and E ≥ ‖e‖ of the rests are known. With A = ‖a·c‖, B = ‖b·d‖, Q = ‖q‖ and the exact integer c·d:
///
/// - x·q = ab·(c·d) + a·c·e + r·q ≤ ab·(c·d) + A·E + R·Q by Cauchy and Schwarz. Since ‖x‖ ≤ A + R, the computed score
///   is at most ab·(c·d) + A·(E + γ·Q) + R·(Q + γ·Q) + τ. The first product's own rounding, in doubles, is below
///   2^-50·A·B, and factors of 1 + 2^-40 cover the rounding of the others, which are all positive.
/// - ‖x − q‖ ≥ ‖a·c − b·d‖ − R − E by the triangle. The squared distance of the codes, a²‖c‖² + b²‖d‖² − 2ab·(c·d), is
///   lowered by 2^-47 of its first two terms, which covers its rounding. The computed d² is at least (1 − γ)·‖x − q‖²
///   − τ, and 1 / (1 + d²), computed by the same two operations, never grows when d² does.
package struct VectorQuestion: Sendable {
    let shape: VectorShape
    /// Filled up with zeros to the stride.
    let floats: [Float]
    /// Codes + 128: the instruction for 8 bits multiplies unsigned ones with signed ones.
    let codes: [UInt8]
    let terms: larder_bound_terms

    /// - Throws: what ``VectorTable/check(_:dims:metric:)`` throws.
    package init(_ vector: [Float], dims: Int, metric: VectorMetric) throws(VectorFault) {
        try self.init(vector, VectorShape(dims: dims, metric: metric))
    }

    init(_ vector: [Float], _ shape: VectorShape) throws(VectorFault) {
        guard vector.count == shape.dims else { throw .wrongDims(found: vector.count, expected: shape.dims) }
        var floats = vector + repeatElement(0, count: shape.stride - shape.dims)
        try floats.withUnsafeMutableBufferPointer { row throws(VectorFault) in
            guard let start = row.baseAddress else { return }
            try shape.settle(start)
        }
        var signed = [Int8](repeating: 0, count: shape.codeStride)
        var facts = larder_code_facts()
        larder_vectors_encode(VectorShape.variant, floats, shape.stride, &signed, shape.codeStride, &facts)
        self.shape = shape
        self.floats = floats
        codes = signed.map { UInt8(Int($0) + 128) }
        let length = larder_vectors_square(VectorShape.variant, floats, shape.stride).squareRoot() * (1 + 0x1p-40)
        terms = Self.terms(facts, length: length, shape)
    }

    /// - Parameter length: At least the question's.
    private static func terms(_ facts: larder_code_facts, length: Double, _ shape: VectorShape) -> larder_bound_terms {
        let scale = Double(facts.scale)
        let residual = Double(facts.residual)
        // Rounded: up to three times in a term, then in the lane's sum and four times on the way to one number.
        let roundings = Double(shape.stride / 16 + 8) * 0x1p-24
        let share = roundings / (1 - roundings)
        let square = scale * scale * Double(facts.square)
        let tiny = Double(shape.stride) * 0x1p-149
        if shape.metric == .l2 {
            return larder_bound_terms(
                scale: scale, square: square, along: 0, across: residual, tiny: tiny, keep: (1 - share) * (1 - 0x1p-40))
        }
        let along = (residual + share * length + 0x1p-50 * square.squareRoot()) * (1 + 0x1p-40)
        let across = length * (1 + share) * (1 + 0x1p-40)
        return larder_bound_terms(scale: scale, square: square, along: along, across: across, tiny: tiny, keep: 1)
    }
}
