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

    /// What stands for two values, one behind the other.
    package func followed(by next: Fingerprint) -> Fingerprint {
        Fingerprint(
            a: (a &* 0x9E37_79B9_7F4A_7C15) ^ next.a &+ (a >> 29), b: (b &* 0xC2B2_AE3D_27D4_EB4F) ^ next.b &+ (b >> 31)
        )
    }

    private init(a: UInt64, b: UInt64) {
        self.a = a
        self.b = b
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: (a, b)) { Array($0) } }
}
