import LarderModel

/// A JSON value as it was written: what it is, and its bytes.
struct JSONPiece: Sendable, Hashable {
    let kind: JSONText.Kind
    let bytes: [UInt8]

    private init(_ value: JSONText.Value, in text: [UInt8]) {
        kind = value.kind
        bytes = Array(text[value.range])
    }

    /// - Parameter maxDepth: as `JSONText.check` has it; `Int.max` for what Larder wrote itself.
    /// - Throws: `LarderError` `.notJSON`.
    init(parsing text: [UInt8], maxDepth: Int) throws(LarderError) {
        self.init(try JSONText.check(text, maxDepth: maxDepth), in: text)
    }

    private var whole: JSONText.Value { JSONText.Value(kind: kind, range: 0..<bytes.count) }

    var isNull: Bool { JSONText.isNull(whole, in: bytes) }

    /// The characters of a string, as `JSONText.unescape` gives them; nil for anything else.
    var characters: [UInt8]? { JSONText.characters(of: whole, in: bytes) }

    /// A string for people; nil for anything else. No identifier is read so: half of a surrogate pair shows as U+FFFD.
    var string: String? { characters.map(JSONText.shown) }

    /// The value of a number, finite; nil for anything else.
    var number: Double? {
        guard kind == .number, let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return value
    }

    /// The items of an array; nil for anything else.
    var items: [JSONPiece]? {
        guard kind == .array, let items = try? JSONText.items(of: whole, in: bytes) else { return nil }
        return items.map { JSONPiece($0, in: bytes) }
    }

    /// The fields of an object; nil for anything else.
    var fields: DocumentFields? {
        guard kind == .object, let members = try? JSONText.members(of: whole, in: bytes) else { return nil }
        return DocumentFields(
            members.lastOfEachName.map {
                DocumentFields.Field(
                    name: $0.name, rawName: bytes[$0.nameRange], value: JSONPiece($0.value, in: bytes))
            })
    }
}
