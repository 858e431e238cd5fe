import Hashing
package import Index
package import LarderModel
import Retrieval

/// Makes of an event, or of an entry's content, what is searched of it. Pure; linear in the bytes.
package struct ItemMaker: Sendable {
    private let index: Policy.Index

    package init(_ index: Policy.Index) { self.index = index }

    // MARK: Events

    private static let vectorName = Array("_vector".utf8), modelName = Array("_model".utf8)
    private static let metadataName = Array("metadata".utf8)

    /// An event without what it brings for the index, and that.
    package struct Cut: Sendable {
        /// The event's JSON with `_vector` and `_model` taken out; nil: it has neither.
        package let json: [UInt8]?
        /// nil: nothing of it is searched.
        package let item: NewItem?
    }

    /// - Parameters:
    ///   - members: the event's fields.
    ///   - model: what made the vector of an event that does not say; nil: nobody said.
    ///   - place: what messages call the event.
    /// - Throws: `LarderError` `.invalidVector` for a vector that does not fit.
    package func cut(
        _ members: [JSONText.Member], in bytes: [UInt8], at: Timestamp?, role: [UInt8]?, model: String? = nil,
        _ place: String
    ) throws(LarderError) -> Cut {
        let own = [Self.vectorName, Self.modelName]
        let hasOwn = members.contains { member in own.contains { member.name.elementsEqual($0) } }
        let last = hasOwn ? members.lastOfEachName : members
        var vector: NewItem.Vector?
        if hasOwn, let value = last.first(where: { $0.name.elementsEqual(Self.vectorName) })?.value {
            let said = try last.first { $0.name.elementsEqual(Self.modelName) }.map { member throws(LarderError) in
                guard
                    let text = JSONText.characters(of: member.value, in: bytes).map({
                        String(decoding: $0, as: UTF8.self)
                    })
                else { throw LarderError(.invalidVector, "\(place): _model must be text.") }
                return text
            }
            vector = try VectorText.read(value, in: bytes, index, model: said ?? model, place)
        }
        let kept = members.filter { member in !own.contains { member.name.elementsEqual($0) } }
        let metadata = kept.last { $0.name.elementsEqual(Self.metadataName) && $0.value.kind == .object }
        let item = NewItem(
            at: at, role: role, metadata: metadata.map { Array(bytes[$0.value.range]) } ?? Self.noMetadata,
            passages: passages(try text(kept, in: bytes)), vector: vector)
        guard hasOwn else { return Cut(json: nil, item: item.passages.isEmpty ? nil : item) }
        var out = JSONWriter(capacity: bytes.count)
        out.object { out in
            for member in kept {
                out.name(raw: bytes[member.nameRange])
                out.value(raw: bytes[member.value.range])
            }
        }
        return Cut(json: out.bytes, item: item.passages.isEmpty ? nil : item)
    }

    /// What is searched of an event that was checked when it came.
    package func item(ofKept event: LogEvent) -> NewItem? {
        let bytes = event.json
        guard let value = try? JSONText.check(bytes, maxDepth: .max),
            let members = try? JSONText.members(of: value, in: bytes)
        else { return nil }
        let role = members.last { $0.name.elementsEqual(Self.roleName) }
            .flatMap { JSONText.characters(of: $0.value, in: bytes) }
        return try? cut(members, in: bytes, at: event.at, role: role, "The event").item
    }

    private static let roleName = Array("role".utf8)
    private static let noMetadata = Array("{}".utf8)

    // MARK: Entries

    /// Bytes of an entry's content that are searched; of larger ones nothing is.
    package static let contentMax = 1 << 20

    /// - Parameters:
    ///   - content: whole.
    ///   - at: when it was written; nil: it is being written.
    /// - Returns: nil: nothing of it is searched: it is no text, or JSON without any of the fields.
    package func item(
        of content: [UInt8], _ contentType: String, _ metadata: Metadata, at: Timestamp? = nil,
        vector: NewItem.Vector? = nil
    ) -> NewItem? {
        guard let text = text(of: content, contentType) else { return nil }
        let passages = passages(text)
        guard !passages.isEmpty else { return nil }
        return NewItem(at: at, metadata: metadata.object, passages: passages, vector: vector)
    }

    private func text(of content: [UInt8], _ contentType: String) -> [UInt8]? {
        let type = MediaType.essence(contentType)
        if type == MediaType.json || type.hasSuffix("+json") {
            guard let value = try? JSONText.check(content, maxDepth: .max), value.kind == .object,
                let members = try? JSONText.members(of: value, in: content)
            else { return nil }
            return try? text(members, in: content)
        }
        return type.hasPrefix("text/") && String(validating: content, as: UTF8.self) != nil ? content : nil
    }

    // MARK: Text

    /// What the fields of an object say, in the order of the rule, each on a line of its own.
    private func text(_ members: [JSONText.Member], in bytes: [UInt8]) throws(LarderError) -> [UInt8] {
        var parts: [[UInt8]] = []
        for field in index.fields {
            guard let value = members.last(where: { $0.name.elementsEqual(field.utf8) })?.value else { continue }
            try append(value, in: bytes, to: &parts)
        }
        return Array(parts.joined(separator: CollectionOfOne(UInt8(ascii: "\n"))))
    }

    private static let textName = Array("text".utf8)

    /// A text; or a list of texts and of objects that hold one as `text`, as the messages of models have it.
    private func append(
        _ value: JSONText.Value, in bytes: [UInt8], to parts: inout [[UInt8]]
    ) throws(LarderError) {
        if let text = JSONText.characters(of: value, in: bytes) {
            if !text.isEmpty { parts.append(text) }
            return
        }
        guard value.kind == .array else { return }
        for item in try JSONText.items(of: value, in: bytes) {
            if let text = JSONText.characters(of: item, in: bytes) {
                parts.append(text)
            } else if item.kind == .object,
                let member = try JSONText.members(of: item, in: bytes).last(where: {
                    $0.name.elementsEqual(Self.textName)
                }), let text = JSONText.characters(of: member.value, in: bytes)
            {
                parts.append(text)
            }
        }
    }

    private func passages(_ bytes: [UInt8]) -> [NewItem.Passage] {
        // Half a surrogate pair is no text; it is shown as U+FFFD.
        let text = String(decoding: bytes, as: UTF8.self)
        let shown = Array(text.utf8)
        return Passages.cut(text).map { range in
            let piece = Array(shown[range])
            guard let fingerprint = Fingerprint(SHA256.hash(data: piece)) else {
                preconditionFailure("SHA-256 has 32 bytes")
            }
            let words = WordCounts(String(decoding: piece, as: UTF8.self))
            return NewItem.Passage(text: piece, fingerprint: fingerprint, words: words.bytes)
        }
    }
}
