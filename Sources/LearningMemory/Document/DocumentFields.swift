import LarderModel

/// The fields of an object in their order, as they were written. A repeated name counts once, with its last value, as
/// every reader has it.
struct DocumentFields: Sendable {
    struct Field: Sendable {
        /// The name's characters, as `JSONText.unescape` gives them.
        let name: ArraySlice<UInt8>
        /// The name as written, quotes included.
        let rawName: ArraySlice<UInt8>
        let value: JSONPiece
    }

    let all: [Field]

    /// - Parameter fields: each name once.
    init(_ fields: [Field]) { all = fields }

    /// The object with the fields that ``rest(without:)`` wrote.
    static func object(_ members: [UInt8]) -> [UInt8] {
        var out = JSONWriter()
        out.object { $0.members(raw: members) }
        return out.bytes
    }

    /// The value of a field; nil when there is none.
    subscript(name: String) -> JSONPiece? { all.last { $0.name.elementsEqual(name.utf8) }?.value }

    /// The value of a field, unless it is null.
    func given(_ name: String) -> JSONPiece? { self[name].flatMap { $0.isNull ? nil : $0 } }

    /// A non-empty string under the first of these names that has one.
    func text(_ names: String...) -> String? {
        names.lazy.compactMap { self[$0]?.string }.first { !$0.isEmpty }
    }

    /// The same for what names something.
    /// - Throws: `LarderError` `.invalidDocument` when it is no Unicode text.
    func identifier(_ names: String...) throws(LarderError) -> Identifier? {
        for name in names {
            guard let characters = self[name]?.characters, !characters.isEmpty else { continue }
            guard let identifier = Identifier(validating: characters) else { throw .loneSurrogate(name) }
            return identifier
        }
        return nil
    }

    /// All but these fields, as they were written, without braces: `"a":1,"b":2`.
    func rest(without known: Set<String>) -> [UInt8] {
        var out = JSONWriter()
        for field in all where !known.contains(where: { field.name.elementsEqual($0.utf8) }) {
            out.name(raw: field.rawName)
            out.value(raw: field.value.bytes)
        }
        return out.bytes
    }
}
