import LarderModel

/// What was written beside an entry's content: a JSON object, kept as text.
///
///     let metadata: EntryMetadata = ["runId": "r1", "scenes": 12, "tags": ["night", "rain"]]
///
/// The text says what values of Swift can't: half of a surrogate pair, as JavaScript makes it by cutting an emoji in
/// two, and two names that Unicode holds equal. So what is read from one place and written to another stays as it was.
/// Two are equal when the JSON values are, however they are written.
public struct EntryMetadata: Sendable, Hashable {
    /// The object as JSON, without white space between its tokens.
    public let json: [UInt8]

    /// - Parameter text: a JSON object.
    /// - Throws: ``LarderClientError`` `invalidMetadata`.
    public init(json text: [UInt8]) throws {
        do {
            let value = try JSONText.check(text, maxDepth: JSONText.depthRange.upperBound)
            guard value.kind == .object else { throw LarderError(.notJSON, "it is no object.") }
            var out = JSONWriter(capacity: text.count)
            try Self.copy(value, in: text, to: &out)
            json = out.bytes
        } catch let error as LarderError {
            throw LarderClientError(.invalidMetadata, "Metadata is a JSON object: \(error.message)")
        }
    }

    private init(trusted json: [UInt8]) { self.json = json }

    /// An object with these fields, sorted by name; of a repeated name the last value counts.
    public init(_ fields: some Sequence<(String, JSONValue)>) {
        let values = Dictionary(fields.map { (Identifier($0.0), $0.1) }) { $1 }
        var out = JSONWriter()
        out.object { out in
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                out.name(quoting: name.bytes)
                value.write(to: &out)
            }
        }
        json = out.bytes
    }

    /// An object with these fields.
    public init(_ fields: JSONObject) { self.init(fields.map { ($0.key, $0.value) }) }

    /// Nothing was written, or an empty object.
    public var isEmpty: Bool { json.count <= 2 }

    /// The object as values: half of a surrogate pair shows as U+FFFD, and of two names that Unicode holds equal one is
    /// there.
    public var fields: JSONObject { (try? JSONValue(parsing: json))?.object ?? [:] }

    /// A field's value; nil when there is none.
    public subscript(name: String) -> JSONValue? { fields[name] }

    /// The same and one more field, which it must not have yet.
    func adding(_ name: StaticString, _ text: String) -> EntryMetadata {
        var out = JSONWriter(capacity: json.count + 60)
        out.object { out in
            out.members(raw: json.dropFirst().dropLast())
            out.field(name, text)
        }
        return EntryMetadata(trusted: out.bytes)
    }

    /// As a header field carries it.
    var header: String { String(decoding: JSONText.asciiOnly(json), as: UTF8.self) }

    /// Whether both objects have the same value.
    public static func == (a: EntryMetadata, b: EntryMetadata) -> Bool {
        a.json == b.json || a.canonical == b.canonical
    }

    /// Hashes the value.
    public func hash(into hasher: inout Hasher) { hasher.combine(canonical) }

    private var canonical: [UInt8] {
        (try? CanonicalJSON.text(of: JSONText.check(json, maxDepth: .max), in: json)) ?? json
    }

    private static func copy(_ value: JSONText.Value, in text: [UInt8], to out: inout JSONWriter) throws(LarderError) {
        switch value.kind {
        case .object:
            out.openObject()
            for member in try JSONText.members(of: value, in: text) {
                out.name(raw: text[member.nameRange])
                try copy(member.value, in: text, to: &out)
            }
            out.closeObject()
        case .array:
            out.openArray()
            for item in try JSONText.items(of: value, in: text) { try copy(item, in: text, to: &out) }
            out.closeArray()
        case .string, .number, .literal: out.value(raw: text[value.range])
        }
    }
}

extension EntryMetadata: ExpressibleByDictionaryLiteral {
    /// An object; of a repeated name the last value counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension EntryMetadata: Codable {
    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        if let pieces = decoder.userInfo[MetadataPieces.key] as? MetadataPieces {
            self = try pieces.piece(try decoder.singleValueContainer().decode(Int.self))
        } else {
            self.init(try JSONObject(from: decoder))
        }
    }

    /// Writes the object as values.
    public func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}
