/// Addresses that share their first bits: `10.0.0.0/8`, `fd00::/8`, or one address alone. Bits behind the length are
/// passed over.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private let base: IPAddress
    /// Bits that count, of 128.
    private let length: Int

    /// - Returns: nil for text that is neither an address nor a block in CIDR form (RFC 4632).
    package init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        let most = address.isIPv4 && !first.contains(":") ? 32 : 128
        var bits = most
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3,
                parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = Int(parts[1]), number <= most
            else { return nil }
            bits = number
        }
        length = bits + 128 - most
        base = Self.masked(address, length)
    }

    func contains(_ address: IPAddress) -> Bool { Self.masked(address, length) == base }

    private static func masked(_ address: IPAddress, _ length: Int) -> IPAddress {
        let high: UInt64 = length >= 64 ? .max : ~(UInt64.max >> UInt64(length))
        let low: UInt64 = length <= 64 ? 0 : length == 128 ? .max : ~(UInt64.max >> UInt64(length - 64))
        return IPAddress(high: address.high & high, low: address.low & low)
    }

    package var description: String { base.isIPv4 && length >= 96 ? "\(base)/\(length - 96)" : "\(base)/\(length)" }
}
