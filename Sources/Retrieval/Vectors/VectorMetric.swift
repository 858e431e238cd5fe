/// How near two vectors are. A higher score is nearer.
package enum VectorMetric: String, Sendable, CaseIterable {
    /// The cosine of the angle between them, −1…1 but for rounding.
    case cosine
    /// Their dot product.
    case dot
    /// 1 / (1 + d²) with their Euclidean distance d: 0…1, and exactly 1 for equal vectors.
    case l2
}
