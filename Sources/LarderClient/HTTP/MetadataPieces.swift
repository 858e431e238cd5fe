import LarderModel

/// A value whose JSON holds metadata of entries: in its field `metadata`, or in those of its `entries`.
package protocol HoldsMetadata: Codable {
    /// In the order in which they are written.
    var allMetadata: [EntryMetadata] { get }
}

/// The metadata in a JSON text, cut out of it: Foundation, which reads and writes the rest, refuses half of a surrogate
/// pair, and keeps one of two names that Unicode holds equal.
struct MetadataPieces: Sendable {
    static let key: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "larder.metadata") else { preconditionFailure("any text is a key") }
        return key
    }()

    private let pieces: [EntryMetadata]
    /// The text with the number of its piece in place of each.
    let text: [UInt8]

    /// - Throws: `LarderError` `.notJSON`.
    init(cutting json: [UInt8]) throws {
        var pieces: [EntryMetadata] = []
        text = try Self.replacing(in: json) { place, range in
            pieces.append(try EntryMetadata(json: Array(json[range])))
            return Array("\(place)".utf8)
        }
        self.pieces = pieces
    }

    /// - Throws: ``LarderClientError`` `invalidResponse` for a number that is none of its own.
    func piece(_ number: Int) throws -> EntryMetadata {
        guard pieces.indices.contains(number) else {
            throw LarderClientError(.invalidResponse, "Metadata is a JSON object.")
        }
        return pieces[number]
    }

    /// Puts metadata as it was written into a text that has it as values.
    static func put(_ metadata: [EntryMetadata], into json: [UInt8]) throws -> [UInt8] {
        try replacing(in: json) { place, range in
            metadata.indices.contains(place) ? metadata[place].json : Array(json[range])
        }
    }

    private static func replacing(
        in json: [UInt8], with replacement: (_ place: Int, Range<Int>) throws -> [UInt8]
    ) throws -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(json.count)
        var start = 0
        for (place, range) in try ranges(in: json).enumerated() {
            out += json[start..<range.lowerBound]
            out += try replacement(place, range)
            start = range.upperBound
        }
        return out + json[start...]
    }

    /// Where the metadata lie, in their order.
    private static func ranges(in json: [UInt8]) throws(LarderError) -> [Range<Int>] {
        // As deep as any server takes metadata, in an entry in a list.
        let whole = try JSONText.check(json, maxDepth: JSONText.depthRange.upperBound + 3)
        guard whole.kind == .object else { return [] }
        var ranges: [Range<Int>] = []
        for member in try JSONText.members(of: whole, in: json) {
            if member.name.elementsEqual("metadata".utf8) { ranges.append(member.value.range) }
            guard member.name.elementsEqual("entries".utf8), member.value.kind == .array else { continue }
            for entry in try JSONText.items(of: member.value, in: json) where entry.kind == .object {
                for field in try JSONText.members(of: entry, in: json) where field.name.elementsEqual("metadata".utf8) {
                    ranges.append(field.value.range)
                }
            }
        }
        return ranges
    }
}
