import LarderModel

/// Writes JSON objects compactly, field by field in the order of the calls.
struct ObjectWriter {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    mutating func open(_ bracket: Character = "{") {
        bytes += String(bracket).utf8
        isFirst = true
    }

    mutating func close(_ bracket: Character = "}") {
        bytes += String(bracket).utf8
        isFirst = false
    }

    /// What comes before an item or a field's name.
    mutating func separate() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    mutating func name(_ name: String) {
        separate()
        JSONText.appendQuoted(name.utf8, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func field(_ field: String, _ text: String?) {
        name(field)
        if let text { JSONText.appendQuoted(text.utf8, to: &bytes) } else { bytes += "null".utf8 }
    }

    mutating func field(_ field: String, number: Double?) {
        name(field)
        bytes += (number.map(Self.text) ?? "null").utf8
    }

    mutating func field(_ field: String, raw: [UInt8]) {
        name(field)
        bytes += raw
    }

    mutating func field(_ field: String, texts: [String]) {
        name(field)
        bytes.append(UInt8(ascii: "["))
        for (i, text) in texts.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.appendQuoted(text.utf8, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Fields as ``DocumentFields/rest(without:)`` gives them.
    mutating func members(_ members: [UInt8]) {
        guard !members.isEmpty else { return }
        separate()
        bytes += members
    }

    /// As JavaScript writes it: whole numbers without a point, the others as short as they can be read back.
    static func text(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }
}
