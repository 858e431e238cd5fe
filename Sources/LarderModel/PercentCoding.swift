/// Percent-encoding of paths (RFC 3986 §2.1), on bytes.
package enum PercentCoding {
    /// Decodes once. A `%` that two hexadecimal digits do not follow stands for itself.
    package static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        guard input.contains(UInt8(ascii: "%")) else { return input }
        var out: [UInt8] = []
        out.reserveCapacity(input.count)
        var i = 0
        while i < input.count {
            if input[i] == UInt8(ascii: "%"), i + 2 < input.count, let high = hexValue(input[i + 1]),
                let low = hexValue(input[i + 2])
            {
                out.append(high << 4 | low)
                i += 3
            } else {
                out.append(input[i])
                i += 1
            }
        }
        return out
    }

    /// A query's field: `+` is a space, the rest as ``decode(_:)``.
    package static func decodeQuery(_ bytes: some Collection<UInt8>) -> [UInt8] {
        decode(bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
    }

    /// Encodes everything but unreserved characters and `keep`.
    package static func encode(_ bytes: some Sequence<UInt8>, keeping keep: String = "/") -> String {
        var out: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.append(byte)
            default:
                if keep.utf8.contains(byte) {
                    out.append(byte)
                } else {
                    out.append(UInt8(ascii: "%"))
                    out.append(contentsOf: [byte].hex.uppercased().utf8)
                }
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
