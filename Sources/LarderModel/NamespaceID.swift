/// What names a namespace of Cloudflare's KV for good: 16 random bytes, 32 hexadecimal digits as text. A store has one
/// from when it is first shown as a namespace, and keeps it when it is renamed.
package struct NamespaceID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    package static let byteCount = 16

    /// A new one.
    package static func random() -> NamespaceID {
        NamespaceID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Returns: nil unless there are 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(high: Self.number(bytes.prefix(8)), low: Self.number(bytes.dropFirst(8)))
    }

    /// - Parameter text: as on the wire.
    /// - Returns: nil unless it is 32 hexadecimal digits, of whichever case.
    package init?(hex text: some Collection<UInt8>) {
        guard text.count == 2 * Self.byteCount else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for digit in text {
            guard let value = hexValue(digit) else { return nil }
            halves.0 = halves.0 << 4 | halves.1 >> 60
            halves.1 = halves.1 << 4 | UInt64(value)
        }
        self.init(high: halves.0, low: halves.1)
    }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var bytes: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }

    /// 32 hexadecimal digits, lower case.
    package var description: String { bytes.hex }
}
