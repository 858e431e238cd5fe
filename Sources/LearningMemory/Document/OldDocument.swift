package import LarderModel

/// Shapes that the document had before there was one:
///
/// - an array of runs;
/// - the document in camelCase: `userPreferences`, `videoHistory`, `learnedPatterns`;
/// - a `ratings` map from run ID to a rating or to `{rating, comments, timestamp}`, alone or beside `runs`;
/// - `runs` or `history` (an array, or a map by run ID) with or without `preferences` and `patterns`;
/// - the document of today with items that say `run_id` or `id`, `music_style` or `style`.
package enum OldDocument {
    /// - Parameter maxDepth: as `JSONText.check` has it.
    /// - Returns: the document in today's shape; nil when this isn't an old one. Fields that nobody knows come along;
    ///   what can't be understood (a rating of five stars, say) stays under `originalRating` and the like.
    /// - Throws: `LarderError` `.notJSON`; `.invalidDocument` when the ID of a run is no Unicode text.
    package static func convert(_ json: [UInt8], maxDepth: Int) throws(LarderError) -> [UInt8]? {
        let piece = try JSONPiece(parsing: json, maxDepth: maxDepth)
        if piece.kind == .array { return document(runs: try runs(piece) ?? [], fields: DocumentFields([])) }
        guard let fields = piece.fields, isOld(fields) else { return nil }
        var runs: [OldRun]?
        for name in ["video_history", "videoHistory", "runs", "history"] where runs == nil {
            runs = try Self.runs(fields[name])
        }
        runs = try add(fields["ratings"], to: runs ?? [])
        return document(runs: runs ?? [], fields: fields)
    }

    private static let today = ["user_preferences", "video_history", "learned_patterns"]
    private static let camel = ["userPreferences", "videoHistory", "learnedPatterns"]
    private static let loose = ["ratings", "runs", "history"]

    private static func isOld(_ fields: DocumentFields) -> Bool {
        if zip(camel, today).contains(where: { fields[$0] != nil && fields[$1] == nil }) { return true }
        if today.allSatisfy({ fields[$0] == nil }) {
            return loose.contains { fields[$0]?.kind == .object || fields[$0]?.kind == .array }
        }
        return fields["video_history"]?.items?.contains { item in
            guard let item = item.fields else { return false }
            return item["runId"] == nil && (item["run_id"] ?? item["id"])?.string != nil
        } ?? false
    }

    /// Runs from an array, or from a map by run ID; nil when it is neither.
    private static func runs(_ piece: JSONPiece?) throws(LarderError) -> [OldRun]? {
        var runs: [OldRun] = []
        if let items = piece?.items {
            for item in items { if let run = try OldRun(item) { runs.append(run) } }
        } else if let fields = piece?.fields {
            for field in fields.all { if let run = try OldRun(field.value, id: try id(field)) { runs.append(run) } }
        } else {
            return nil
        }
        return runs
    }

    /// The run that a map's field is about.
    private static func id(_ field: DocumentFields.Field) throws(LarderError) -> Identifier {
        guard let id = Identifier(validating: field.name) else { throw .loneSurrogate("A run's ID") }
        return id
    }

    private static func add(_ ratings: JSONPiece?, to runs: [OldRun]) throws(LarderError) -> [OldRun] {
        var runs = runs
        var places = Dictionary(runs.enumerated().map { ($1.id, $0) }) { first, _ in first }
        for rating in ratings?.fields?.all ?? [] {
            let id = try id(rating)
            let said = try OldRun(rating.value, id: id) ?? OldRun(id: id, rating: rating.value)
            if let place = places[id] {
                runs[place].add(said)
            } else {
                places[id] = runs.count
                runs.append(said)
            }
        }
        return runs
    }

    private static func document(runs: [OldRun], fields: DocumentFields) -> [UInt8] {
        let preferences =
            ["user_preferences", "userPreferences", "preferences"].lazy.compactMap { fields[$0]?.fields }.first
            ?? DocumentFields([])
        let patterns = ["learned_patterns", "learnedPatterns", "patterns"].lazy.compactMap { fields[$0] }.first
        var out = JSONWriter()
        out.openObject()
        out.field("user_preferences", raw: Self.preferences(preferences))
        out.name("video_history")
        out.openArray()
        for run in runs {
            run.write(to: &out)
        }
        out.closeArray()
        out.field("learned_patterns", raw: Self.patterns(patterns))
        out.members(raw: fields.rest(without: Set(today + camel + loose + ["preferences", "patterns"])))
        out.closeObject()
        return out.bytes
    }

    private static func preferences(_ fields: DocumentFields) -> [UInt8] {
        let names = [
            "favorite_moods": ["favorite_moods", "favoriteMoods"],
            "preferred_duration": ["preferred_duration", "preferredDuration"],
            "disliked_music_styles": ["disliked_music_styles", "dislikedMusicStyles"],
        ]
        var out = JSONWriter()
        out.openObject()
        for name in ["favorite_moods", "preferred_duration", "disliked_music_styles"] {
            guard let piece = names[name]?.lazy.compactMap({ fields[$0] }).first else { continue }
            let isUsable =
                name == "preferred_duration"
                ? piece.number.map { $0 >= 0 } ?? false : piece.items?.allSatisfy { $0.string != nil } ?? false
            out.name(quoting: (isUsable || piece.isNull ? name : "original_" + name).utf8)
            out.value(raw: piece.bytes)
        }
        out.members(raw: fields.rest(without: Set(names.values.joined())))
        out.closeObject()
        return out.bytes
    }

    private static func patterns(_ piece: JSONPiece?) -> [UInt8] {
        let fields = piece?.fields ?? DocumentFields([])
        let list = piece?.items ?? (fields["successfulCombinations"] ?? fields["successful_combinations"])?.items ?? []
        var out = JSONWriter()
        out.openObject()
        out.name("successfulCombinations")
        out.openArray()
        for item in list.compactMap(\.fields) {
            guard let mood = item.text("mood"), let style = item.text("musicStyle", "music_style", "style") else {
                continue
            }
            let rate = item["successRate"] ?? item["success_rate"] ?? item["rate"]
            out.openObject()
            out.field("mood", mood)
            out.field("musicStyle", style)
            if let rate, let number = rate.number {
                out.field((0...1).contains(number) ? "successRate" : "originalSuccessRate", raw: rate.bytes)
            }
            out.members(
                raw: item.rest(without: [
                    "mood", "musicStyle", "music_style", "style", "successRate", "success_rate", "rate",
                ]))
            out.closeObject()
        }
        out.closeArray()
        out.members(raw: fields.rest(without: ["successfulCombinations", "successful_combinations"]))
        out.closeObject()
        return out.bytes
    }
}
