/// The SHA-256 (FIPS 180-4) of some content: what an object is named by.
///
/// Four words rather than an array: no allocation, and it hashes and compares in a few instructions.
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let a, b, c, d: UInt64

    package static let byteCount = 32

    /// - Parameter bytes: exactly 32 bytes, or nil is returned.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { target in target.copyBytes(from: bytes) }
        (a, b, c, d) = words
    }

    /// - Parameter hex: 64 hexadecimal digits, or nil is returned.
    package init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64, let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes)
    }

    /// An order to search by; it is not that of the bytes.
    package static func < (a: Digest, b: Digest) -> Bool { (a.a, a.b, a.c, a.d) < (b.a, b.b, b.c, b.d) }

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: (a, b, c, d)) { Array($0) } }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { bytes.hex }
    package var description: String { hex }
}

extension Collection<UInt8> {
    /// Lower-case hexadecimal, two digits a byte.
    package var hex: String {
        String(unsafeUninitializedCapacity: count * 2) { buffer in
            var i = 0
            for byte in self {
                buffer[i] = hexDigit(byte >> 4)
                buffer[i + 1] = hexDigit(byte & 15)
                i += 2
            }
            return i
        }
    }
}

extension [UInt8] {
    /// The bytes that hexadecimal text spells, or nil when it is not an even number of hexadecimal digits.
    package init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        for i in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexValue(digits[i]), let low = hexValue(digits[i + 1]) else { return nil }
            append(high << 4 | low)
        }
    }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// 0–15 for a hexadecimal digit of either case, else nil.
package func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
