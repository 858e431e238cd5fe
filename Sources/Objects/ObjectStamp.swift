/// What tells whether a stored object is still the very one that was looked at: any write, truncation or replacement
/// changes it.
package struct ObjectStamp: Hashable, Sendable {
    /// Bytes as kept.
    package let size: Int64
    private let a, b, c, d: UInt64

    /// - Parameter marks: whatever else tells, as the backend has it.
    package init(size: Int64, marks: (UInt64, UInt64, UInt64, UInt64)) {
        self.size = size
        (a, b, c, d) = marks
    }
}
