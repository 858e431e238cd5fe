/// 16 bytes that stand for a JSON value in comparisons.
package struct Fingerprint: Hashable, Sendable {
    private let a, b: UInt64

    /// - Parameter bytes: at least 16 bytes, of which the first 16 count; nil when there are fewer.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes.prefix(16)) }
        (a, b) = words
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: (a, b)) { Array($0) } }
}
