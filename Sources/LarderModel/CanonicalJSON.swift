/// One text for all ways of writing the same JSON value, so that values can be compared after a client has read and
/// written them: no white space, members sorted by name (the last of a repeated name counts), escapes undone, numbers
/// as the doubles that JavaScript makes of them.
package enum CanonicalJSON {
    /// - Parameters:
    ///   - value: part of a text that ``JSONText/check(_:maxDepth:)`` has passed.
    ///   - bytes: that text.
    package static func text(of value: JSONText.Value, in bytes: [UInt8]) throws(LarderError) -> [UInt8] {
        var out = JSONWriter(capacity: value.range.count)
        try append(value, bytes, to: &out)
        return out.bytes
    }

    /// Recursion is bounded by the depth that the text was checked for.
    private static func append(_ value: JSONText.Value, _ bytes: [UInt8], to out: inout JSONWriter)
        throws(LarderError)
    {
        switch value.kind {
        case .literal: out.value(raw: bytes[value.range])
        case .string: out.value(quoting: JSONText.unescape(bytes[value.range].dropFirst().dropLast()))
        case .number:
            let number = Double(String(decoding: bytes[value.range], as: UTF8.self)) ?? .nan
            out.value(raw: (number == 0 ? "0" : "\(number)").utf8)
        case .array:
            out.openArray()
            for item in try JSONText.items(of: value, in: bytes) { try append(item, bytes, to: &out) }
            out.closeArray()
        case .object:
            let members = try JSONText.members(of: value, in: bytes).lastOfEachName
            out.openObject()
            for member in members.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
                out.name(quoting: member.name)
                try append(member.value, bytes, to: &out)
            }
            out.closeObject()
        }
    }
}
