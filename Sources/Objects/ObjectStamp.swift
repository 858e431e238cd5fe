/// What tells whether a stored object is still the very one that was looked at: any write, truncation or replacement
/// changes it.
package struct ObjectStamp: Hashable, Sendable {
    /// Bytes as kept.
    package let size: Int64
    /// Whatever else tells, as the backend has it.
    private let marks: SIMD4<UInt64>

    package init(size: Int64, marks: SIMD4<UInt64>) {
        self.size = size
        self.marks = marks
    }
}
