package import LarderModel

/// What a document holds that doesn't follow from runs and evaluations: what a person chose, what another program
/// brought along, and fields that Larder doesn't know.
package struct MemoryFrame: Sendable, Hashable {
    /// A preference is a person's own when it was set by `PATCH …/preferences`, or stood in a whole-written document
    /// otherwise than Larder had inferred it. It stays as it is until a PATCH sets it to null. nil: not set, so it is
    /// inferred.
    package struct Chosen: Sendable, Hashable {
        package var favoriteMoods: [String]?
        package var dislikedMusicStyles: [String]?
        /// Seconds, as the number was written.
        package var preferredDuration: [UInt8]?
        package init() {}
    }

    /// A combination that came with a document. Its rate shows until the combination has a rated run; its unknown
    /// fields stay.
    package struct Imported: Sendable, Hashable {
        package var combination: Combination
        /// 0 to 1, as the number was written; nil: only the unknown fields were of interest.
        package var successRate: [UInt8]?
        package var extra: [UInt8]
    }

    package var chosen = Chosen()
    package var imported: [Imported] = []
    // Unknown fields, as `DocumentFields.rest` gives them.
    package var extra: [UInt8] = []
    package var preferencesExtra: [UInt8] = []
    package var patternsExtra: [UInt8] = []

    package init() {}

    /// As it is kept in the index.
    package var json: [UInt8] {
        var out = JSONWriter()
        out.openObject()
        if let moods = chosen.favoriteMoods { out.field("favoriteMoods", texts: moods) }
        if let styles = chosen.dislikedMusicStyles { out.field("dislikedMusicStyles", texts: styles) }
        if let duration = chosen.preferredDuration { out.field("preferredDuration", raw: duration) }
        if !imported.isEmpty {
            out.name("imported")
            out.openArray()
            for one in imported {
                out.openObject()
                out.field("mood", one.combination.mood.text)
                out.field("musicStyle", one.combination.musicStyle.text)
                if let rate = one.successRate { out.field("successRate", raw: rate) }
                out.field("extra", raw: DocumentFields.object(one.extra))
                out.closeObject()
            }
            out.closeArray()
        }
        out.field("extra", raw: DocumentFields.object(extra))
        out.field("preferencesExtra", raw: DocumentFields.object(preferencesExtra))
        out.field("patternsExtra", raw: DocumentFields.object(patternsExtra))
        out.closeObject()
        return out.bytes
    }

    /// Reads ``json``.
    /// - Throws: `LarderError` when it is something else.
    package init(json: [UInt8]) throws(LarderError) {
        guard let fields = try JSONPiece(parsing: json, maxDepth: .max).fields else {
            throw LarderError(.internalError, "A memory's frame is damaged.")
        }
        func members(_ name: String, of fields: DocumentFields) -> [UInt8] {
            fields[name]?.fields?.rest(without: []) ?? []
        }
        chosen.favoriteMoods = fields["favoriteMoods"]?.items?.compactMap(\.string)
        chosen.dislikedMusicStyles = fields["dislikedMusicStyles"]?.items?.compactMap(\.string)
        chosen.preferredDuration = fields["preferredDuration"]?.bytes
        imported = (fields["imported"]?.items ?? []).compactMap(\.fields).map {
            Imported(
                combination: Combination(
                    mood: $0["mood"]?.string ?? "", musicStyle: $0["musicStyle"]?.string ?? ""),
                successRate: $0["successRate"]?.bytes,
                extra: members("extra", of: $0))
        }
        extra = members("extra", of: fields)
        preferencesExtra = members("preferencesExtra", of: fields)
        patternsExtra = members("patternsExtra", of: fields)
    }
}
