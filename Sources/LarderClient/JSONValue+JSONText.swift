import LarderModel

extension JSONValue {
    /// Reads any JSON value. Half of a surrogate pair becomes U+FFFD.
    /// - Throws: `LarderError` `.notJSON`.
    init(parsing text: [UInt8]) throws(LarderError) {
        try self.init(JSONText.check(text, maxDepth: JSONText.depthRange.upperBound), in: text)
    }

    /// - Parameter value: part of a text that was checked.
    private init(_ value: JSONText.Value, in text: [UInt8]) throws(LarderError) {
        switch value.kind {
        case .object:
            var fields: JSONObject = [:]
            for member in try JSONText.members(of: value, in: text) {
                fields[JSONText.shown(Array(member.name))] = try JSONValue(member.value, in: text)
            }
            self = .object(fields)
        case .array:
            var items: [JSONValue] = []
            for item in try JSONText.items(of: value, in: text) { items.append(try JSONValue(item, in: text)) }
            self = .array(items)
        case .string: self = .string(JSONText.shown(JSONText.characters(of: value, in: text) ?? []))
        case .number:
            let digits = String(decoding: text[value.range], as: UTF8.self)
            let number = Double(digits) ?? .nan
            self = (Int64(digits) ?? Int64(exactly: number)).map { .integer($0) } ?? .number(number)
        case .literal:
            switch text[value.range.lowerBound] {
            case UInt8(ascii: "t"): self = .bool(true)
            case UInt8(ascii: "f"): self = .bool(false)
            default: self = .null
            }
        }
    }

    /// Fields are sorted by name.
    func write(to out: inout JSONWriter) {
        switch self {
        case .null: out.null()
        case .bool(let value): out.value(value)
        case .integer(let value): out.value(value)
        case .number(let value): if value.isFinite { out.value(value) } else { out.null() }
        case .string(let value): out.value(value)
        case .array(let items): out.array(items) { $1.write(to: &$0) }
        case .object(let fields):
            out.object { out in
                for (name, value) in fields.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                    out.name(quoting: name.utf8)
                    value.write(to: &out)
                }
            }
        }
    }
}
