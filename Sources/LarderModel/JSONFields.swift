/// The fields of a small JSON object that a request brings; unknown ones are refused, so that a misspelt field is not
/// passed over.
package struct JSONFields: Sendable {
    private let bytes: [UInt8]
    private var members: [String: JSONText.Value] = [:]

    /// - Throws: `LarderError` `.notJSON` when it is not an object, `.malformedRequest` for an unknown field.
    package init(_ bytes: [UInt8], known: Set<String>) throws(LarderError) {
        self.bytes = bytes
        let value = try JSONText.check(bytes)
        for member in try JSONText.members(of: value, in: bytes) {
            let name = String(decoding: member.name, as: UTF8.self)
            guard known.contains(name) else {
                throw LarderError(
                    .malformedRequest,
                    "Unknown field '\(name.prefix(40))'; known are \(known.sorted().joined(separator: ", ")).")
            }
            members[name] = member.value
        }
    }

    /// How many fields there are.
    package var count: Int { members.count }

    /// A field's text; nil when it is absent or null.
    package func string(_ name: String) throws(LarderError) -> String? {
        guard let value = members[name], !isNull(value) else { return nil }
        return try text(value, name)
    }

    /// A field's whole number; nil when it is absent or null.
    package func integer(_ name: String) throws(LarderError) -> Int64? {
        guard let value = members[name], !isNull(value) else { return nil }
        guard value.kind == .number, let number = Int64(String(decoding: bytes[value.range], as: UTF8.self)) else {
            throw LarderError(.malformedRequest, "\(name) must be a whole number.")
        }
        return number
    }

    /// A field that is true or false; nil when it is absent or null.
    package func bool(_ name: String) throws(LarderError) -> Bool? {
        guard let value = members[name], !isNull(value) else { return nil }
        guard value.kind == .literal else { throw LarderError(.malformedRequest, "\(name) is true or false.") }
        return bytes[value.range.lowerBound] == UInt8(ascii: "t")
    }

    /// A field's list of texts; nil when it is absent or null.
    package func strings(_ name: String) throws(LarderError) -> [String]? {
        guard let value = members[name], !isNull(value) else { return nil }
        guard value.kind == .array else { throw LarderError(.malformedRequest, "\(name) must be a list.") }
        var texts: [String] = []
        for item in try JSONText.items(of: value, in: bytes) { texts.append(try text(item, name)) }
        return texts
    }

    private func text(_ value: JSONText.Value, _ name: String) throws(LarderError) -> String {
        guard value.kind == .string else { throw LarderError(.malformedRequest, "\(name) must be text.") }
        return String(decoding: JSONText.unescape(bytes[value.range].dropFirst().dropLast()), as: UTF8.self)
    }

    private func isNull(_ value: JSONText.Value) -> Bool {
        value.kind == .literal && bytes[value.range.lowerBound] == UInt8(ascii: "n")
    }
}
