/// The fields of a small JSON object that a request brings; unknown ones are refused, so that a misspelt field is not
/// passed over.
package struct JSONFields: Sendable {
    private let bytes: [UInt8]
    private let members: [JSONText.Member]

    /// - Parameter maxDepth: as ``JSONText/check(_:maxDepth:)`` has it.
    /// - Throws: `LarderError` `.notJSON` when it is not an object, `.malformedRequest` for an unknown field.
    package init(_ bytes: [UInt8], known: Set<String>, maxDepth: Int) throws(LarderError) {
        self.bytes = bytes
        let value = try JSONText.check(bytes, maxDepth: maxDepth)
        members = try JSONText.members(of: value, in: bytes).lastOfEachName
        for member in members where !known.contains(where: { member.name.elementsEqual($0.utf8) }) {
            throw LarderError(
                .malformedRequest,
                "Unknown field '\(JSONText.shown(Array(member.name)).prefix(40))'; known are "
                    + known.sorted().joined(separator: ", ") + ".")
        }
    }

    /// How many fields there are.
    package var count: Int { members.count }

    /// A field's text; nil when it is absent or null.
    /// - Throws: `LarderError` `.malformedRequest`; `.invalidDocument` when it is no Unicode text.
    package func string(_ name: String) throws(LarderError) -> String? {
        guard let value = given(name) else { return nil }
        return try text(value, name)
    }

    /// A field's whole number; nil when it is absent or null.
    package func integer(_ name: String) throws(LarderError) -> Int64? {
        guard let value = given(name) else { return nil }
        guard value.kind == .number, let number = Int64(String(decoding: bytes[value.range], as: UTF8.self)) else {
            throw LarderError(.malformedRequest, "\(name) must be a whole number.")
        }
        return number
    }

    /// A field's JSON as it was written; nil when it is absent or null.
    package func raw(_ name: String) -> [UInt8]? { given(name).map { Array(bytes[$0.range]) } }

    /// A field that is true or false; nil when it is absent or null.
    package func bool(_ name: String) throws(LarderError) -> Bool? {
        guard let value = given(name) else { return nil }
        guard value.kind == .literal else { throw LarderError(.malformedRequest, "\(name) is true or false.") }
        return bytes[value.range.lowerBound] == UInt8(ascii: "t")
    }

    /// A field's list of texts; nil when it is absent or null.
    /// - Throws: as ``string(_:)``.
    package func strings(_ name: String) throws(LarderError) -> [String]? {
        guard let value = given(name) else { return nil }
        guard value.kind == .array else { throw LarderError(.malformedRequest, "\(name) must be a list.") }
        var texts: [String] = []
        for item in try JSONText.items(of: value, in: bytes) { texts.append(try text(item, name)) }
        return texts
    }

    /// The value of a field, unless it is null.
    private func given(_ name: String) -> JSONText.Value? {
        members.first { $0.name.elementsEqual(name.utf8) && !JSONText.isNull($0.value, in: bytes) }?.value
    }

    private func text(_ value: JSONText.Value, _ name: String) throws(LarderError) -> String {
        guard let characters = JSONText.characters(of: value, in: bytes) else {
            throw LarderError(.malformedRequest, "\(name) must be text.")
        }
        guard let text = String(validating: characters, as: UTF8.self) else {
            throw LarderError.loneSurrogate(name)
        }
        return text
    }
}

extension LarderError {
    /// A text of JSON that has to name something, and can't.
    /// - Parameter name: the field's.
    package static func loneSurrogate(_ name: String) -> LarderError {
        LarderError(
            .invalidDocument, "\(name) holds half of a surrogate pair (\\ud800 to \\udfff), which is no Unicode text.")
    }
}
