/// Writes JSON (RFC 8259) compactly, value after value in the order of the calls, and puts the commas itself.
///
/// What is written is not checked: who opens an object or an array closes it, and gives names inside objects only.
/// Field names that are given as `StaticString` are names of ours and go out as they are; every other text is quoted.
package struct JSONWriter: Sendable {
    /// What has been written, or since it was last taken.
    package private(set) var bytes: [UInt8] = []
    /// Whether the next value stands at the beginning of an object, an array or the text.
    private var isFirst = true

    /// - Parameter capacity: bytes to make room for at once.
    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    // MARK: Structure

    /// Begins an object.
    package mutating func openObject() { open(UInt8(ascii: "{")) }
    package mutating func closeObject() { close(UInt8(ascii: "}")) }
    /// Begins an array.
    package mutating func openArray() { open(UInt8(ascii: "[")) }
    package mutating func closeArray() { close(UInt8(ascii: "]")) }

    /// An object with the fields that `write` writes.
    package mutating func object(_ write: (inout JSONWriter) throws -> Void) rethrows {
        openObject()
        try write(&self)
        closeObject()
    }

    /// An array with the items that `write` writes.
    package mutating func array(_ write: (inout JSONWriter) throws -> Void) rethrows {
        openArray()
        try write(&self)
        closeArray()
    }

    /// An array with one item for each element.
    package mutating func array<S: Sequence>(
        _ elements: S, _ write: (inout JSONWriter, S.Element) throws -> Void
    ) rethrows {
        openArray()
        for element in elements { try write(&self, element) }
        closeArray()
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        isFirst = true
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        isFirst = false
    }

    private mutating func separate() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    // MARK: Names

    /// A field's name; its value comes next.
    package mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        endName()
    }

    /// A field's name that comes from outside, as ``JSONText/unescape(_:)`` gives it.
    package mutating func name(quoting name: some Collection<UInt8>) {
        separate()
        JSONText.appendQuoted(name, to: &bytes)
        endName()
    }

    /// A field's name that is JSON already, quotes included.
    package mutating func name(raw name: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: name)
        endName()
    }

    private mutating func endName() {
        bytes.append(UInt8(ascii: ":"))
        isFirst = true
    }

    // MARK: Values

    package mutating func value(_ text: String) { value(quoting: text.utf8) }

    /// A string of these bytes: UTF-8, or lone surrogates as ``JSONText/unescape(_:)`` has them.
    package mutating func value(quoting text: some Collection<UInt8>) {
        separate()
        JSONText.appendQuoted(text, to: &bytes)
    }

    package mutating func value(_ number: Int) { value(Int64(number)) }
    package mutating func value(_ number: Int64) { append(number.magnitude, isNegative: number < 0) }
    package mutating func value(_ number: UInt64) { append(number, isNegative: false) }

    /// Digits from the last to the first: no string is made, for lists write millions of numbers.
    private mutating func append(_ magnitude: UInt64, isNegative: Bool) {
        separate()
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    package mutating func value(_ number: Double) {
        separate()
        bytes += Self.text(of: number).utf8
    }

    /// A finite number as JavaScript writes it: whole ones without a point, others as short as they read back.
    package static func text(of number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
    }

    /// A moment in ISO 8601.
    package mutating func value(_ time: Timestamp) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        time.appendISO8601(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func value(_ flag: Bool) {
        separate()
        bytes += (flag ? "true" : "false").utf8
    }

    package mutating func null() {
        separate()
        bytes += "null".utf8
    }

    /// A value that is JSON already.
    package mutating func value(raw json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    // MARK: Fields

    /// A text; nil is null.
    package mutating func field(_ name: StaticString, _ text: String?) {
        self.name(name)
        if let text { value(text) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ identifier: Identifier) {
        field(name, quoting: identifier.bytes)
    }

    package mutating func field(_ name: StaticString, quoting text: some Collection<UInt8>) {
        self.name(name)
        value(quoting: text)
    }

    package mutating func field(_ name: StaticString, _ number: Int) { field(name, Int64(number)) }

    package mutating func field(_ name: StaticString, _ number: Int64) {
        self.name(name)
        value(number)
    }

    package mutating func field(_ name: StaticString, _ number: UInt64) {
        self.name(name)
        value(number)
    }

    /// A finite number; nil is null.
    package mutating func field(_ name: StaticString, number: Double?) {
        self.name(name)
        if let number { value(number) } else { null() }
    }

    /// A moment in ISO 8601; nil is null.
    package mutating func field(_ name: StaticString, _ time: Timestamp?) {
        self.name(name)
        if let time { value(time) } else { null() }
    }

    package mutating func field(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        value(flag)
    }

    /// A value that is JSON already.
    package mutating func field(_ name: StaticString, raw json: some Collection<UInt8>) {
        self.name(name)
        value(raw: json)
    }

    package mutating func field(_ name: StaticString, texts: [String]) {
        self.name(name)
        array(texts) { $0.value($1) }
    }

    // MARK: Parts

    /// Fields or items that are JSON already, with the commas between them and without the brackets around them; none
    /// when it is empty.
    package mutating func members(raw members: some Collection<UInt8>) {
        guard !members.isEmpty else { return }
        value(raw: members)
    }

    /// Gives away what has been written since the last time, so that a long text need not be in memory as a whole.
    package mutating func take() -> [UInt8] {
        defer { bytes.removeAll() }
        return bytes
    }
}
