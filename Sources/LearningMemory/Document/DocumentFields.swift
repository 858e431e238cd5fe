import LarderModel

/// The fields of an object in their order, as they were written. A repeated name counts once, with its last value, as
/// every reader has it.
struct DocumentFields: Sendable {
    struct Field: Sendable {
        /// The name's characters.
        let name: [UInt8]
        /// The name as written, quotes included.
        let rawName: [UInt8]
        let value: JSONPiece
    }

    private(set) var all: [Field]

    init(_ fields: [Field]) {
        var last: [[UInt8]: Int] = [:]
        for (i, field) in fields.enumerated() { last[field.name] = i }
        all = last.count == fields.count ? fields : fields.enumerated().filter { last[$1.name] == $0 }.map(\.element)
    }

    /// The fields that ``rest(without:)`` wrote.
    init(members: [UInt8]) throws(LarderError) {
        let object = try JSONPiece(parsing: Self.object(members))
        self = object.fields ?? DocumentFields([])
    }

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

    /// All but these fields, as they were written, without braces: `"a":1,"b":2`.
    func rest(without known: Set<String>) -> [UInt8] {
        var out = JSONWriter()
        for field in all where !known.contains(String(decoding: field.name, as: UTF8.self)) {
            out.name(raw: field.rawName)
            out.value(raw: field.value.bytes)
        }
        return out.bytes
    }
}
