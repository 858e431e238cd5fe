import LarderModel

/// Values by names of stores and the like, which are bytes.
///
/// Stored as a list of names and values, for as an object of JSON it would go through tables of Swift's `String`, which
/// have one place for two spellings of a name. An object, as older larders stored it, is read, too.
struct NamedValues<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
    private var values: [Identifier: Value] = [:]

    private struct Item: Codable {
        let name: String
        let value: Value
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let items: [Item]
        if let list = try? [Item](from: decoder) {
            items = list
        } else {
            items = try [String: Value](from: decoder).map { Item(name: $0, value: $1) }
        }
        values = Dictionary(items.map { (Identifier($0.name), $0.value) }) { $1 }
    }

    func encode(to encoder: any Encoder) throws {
        try sorted.map { Item(name: $0.text, value: $1) }.encode(to: encoder)
    }

    subscript(name: Identifier, default value: Value) -> Value {
        get { values[name, default: value] }
        set { values[name, default: value] = newValue }
        _modify { yield &values[name, default: value] }
    }

    /// By the bytes of the names.
    var sorted: [(name: Identifier, value: Value)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    /// As an object of JSON.
    func write(to out: inout JSONWriter, _ writeValue: (inout JSONWriter, Value) -> Void) {
        out.object { out in
            for (name, value) in sorted {
                out.name(quoting: name.bytes)
                writeValue(&out, value)
            }
        }
    }
}
