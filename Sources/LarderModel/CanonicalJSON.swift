/// One text for all ways of writing the same JSON value, so that values can be compared after a client has read and
/// written them: no white space, members sorted by name (the last of a repeated name counts), escapes undone, numbers
/// as the doubles that JavaScript makes of them.
package enum CanonicalJSON {
    /// - Parameters:
    ///   - value: part of a text that ``JSONText/check(_:)`` has passed.
    ///   - bytes: that text.
    package static func text(of value: JSONText.Value, in bytes: [UInt8]) throws(LarderError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(value.range.count)
        try append(value, bytes, to: &out)
        return out
    }

    /// Recursion is bounded by ``JSONText/maxDepth``.
    private static func append(_ value: JSONText.Value, _ bytes: [UInt8], to out: inout [UInt8]) throws(LarderError) {
        switch value.kind {
        case .literal: out.append(contentsOf: bytes[value.range])
        case .string: JSONText.appendQuoted(JSONText.unescape(bytes[value.range].dropFirst().dropLast()), to: &out)
        case .number:
            let number = Double(String(decoding: bytes[value.range], as: UTF8.self)) ?? .nan
            out.append(contentsOf: (number == 0 ? "0" : "\(number)").utf8)
        case .array:
            out.append(UInt8(ascii: "["))
            for (i, item) in try JSONText.items(of: value, in: bytes).enumerated() {
                if i > 0 { out.append(UInt8(ascii: ",")) }
                try append(item, bytes, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object:
            var last: [[UInt8]: JSONText.Value] = [:]
            for member in try JSONText.members(of: value, in: bytes) { last[member.name] = member.value }
            out.append(UInt8(ascii: "{"))
            for (i, member) in last.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }).enumerated() {
                if i > 0 { out.append(UInt8(ascii: ",")) }
                JSONText.appendQuoted(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                try append(member.value, bytes, to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }
}
