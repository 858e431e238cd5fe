/// The metadata of an entry: a JSON object of at most 2 KiB, of a log 16 KB, kept as it was written. One face,
/// Cloudflare's KV, takes any JSON; on the others what is no object shows as `{}`.
package struct Metadata: Sendable, Hashable {
    /// The JSON text, white space around it removed. Empty means no metadata, which reads as `{}`.
    package let json: [UInt8]

    /// Counted on the JSON text, before any coding for the wire.
    package static let maxBytes = 2_048
    /// The same of a log.
    package static let logMaxBytes = 16_000
    package static let none = Metadata(trusted: [])

    /// Whether there is no object.
    package var isEmpty: Bool { json.first != UInt8(ascii: "{") }
    /// The JSON text of the object, `{}` when there is none.
    package var object: [UInt8] { isEmpty ? [UInt8(ascii: "{"), UInt8(ascii: "}")] : json }

    /// Metadata read back from the index.
    package init(trusted json: [UInt8]) { self.json = json }

    /// - Parameters:
    ///   - text: a JSON object.
    ///   - maxDepth: as ``JSONText/check(_:maxDepth:)`` has it.
    ///   - maxBytes: bytes of it.
    /// - Throws: ``LarderError`` `.invalidMetadata`.
    package init(json text: [UInt8], maxDepth: Int, maxBytes: Int = maxBytes) throws(LarderError) {
        guard text.count <= maxBytes else {
            throw LarderError(
                .invalidMetadata, "Metadata is at most \(maxBytes) bytes of JSON; this has \(text.count).")
        }
        let value: JSONText.Value
        do { value = try JSONText.check(text, maxDepth: maxDepth) } catch {
            throw LarderError(.invalidMetadata, "Metadata must be a JSON object: " + error.message)
        }
        guard value.kind == .object else { throw LarderError(.invalidMetadata, "Metadata must be a JSON object.") }
        let body = JSONText.onOneLine(text[value.range])
        self.json = body == [UInt8(ascii: "{"), UInt8(ascii: "}")] ? [] : body
    }

    /// Any JSON, kept as it was written: `null` and `{}` are something here.
    /// - Throws: ``LarderError`` `.invalidMetadata`; `.entryTooLarge` beyond `maxBytes`.
    package init(anyJSON text: [UInt8], maxBytes: Int, maxDepth: Int) throws(LarderError) {
        let value: JSONText.Value
        do { value = try JSONText.check(text, maxDepth: maxDepth) } catch {
            throw LarderError(.invalidMetadata, "Metadata must be JSON: " + error.message)
        }
        guard value.range.count <= maxBytes else {
            throw LarderError(
                .entryTooLarge, "Metadata is at most \(maxBytes) bytes of JSON; this has \(value.range.count).")
        }
        json = JSONText.onOneLine(text[value.range])
    }

    /// The `contentType` field, when it is a string with the form of a media type (contract §4.5).
    package var contentType: String? {
        guard !json.isEmpty, let value = try? JSONText.check(json, maxDepth: .max),
            let members = try? JSONText.members(of: value, in: json),
            let field = members.last(where: { $0.name.elementsEqual("contentType".utf8) })?.value,
            let characters = JSONText.characters(of: field, in: json),
            let text = String(validating: characters, as: UTF8.self)
        else { return nil }
        return MediaType.isWellFormed(text) ? text : nil
    }
}
