package import LarderModel

/// A document that another program wrote whole.
package struct WrittenDocument: Sendable {
    package private(set) var runs: [Identifier: RunFacts] = [:]
    /// All but what the runs say and what a person may have chosen.
    package private(set) var frame = MemoryFrame()
    private var favoriteMoods: [String]
    private var dislikedMusicStyles: [String]
    private var preferredDuration: JSONPiece?

    /// - Parameter maxDepth: as `JSONText.check` has it.
    /// - Throws: `LarderError` `.notJSON`; `.invalidDocument`, naming the field that can't be.
    package init(json: [UInt8], maxDepth: Int) throws(LarderError) {
        let document = try FieldReader(try JSONPiece(parsing: json, maxDepth: maxDepth), path: "")
        let preferences = try FieldReader(document.fields["user_preferences"], path: "user_preferences")
        favoriteMoods = try preferences.texts("favorite_moods")
        dislikedMusicStyles = try preferences.texts("disliked_music_styles")
        preferredDuration = try preferences.seconds("preferred_duration")
        for item in try document.objects("video_history") {
            let run = try Self.run(item)
            // The same run twice: the later item counts, but a rating isn't lost to an item without one.
            var merged = run
            merged.documentRating = run.documentRating ?? runs[run.runID]?.documentRating
            runs[run.runID] = merged
        }
        let patterns = try FieldReader(document.fields["learned_patterns"], path: "learned_patterns")
        frame.imported = Self.lastOfEach(
            try patterns.objects("successfulCombinations").map { item throws(LarderError) in
                try Self.combination(item)
            })
        frame.extra = document.fields.rest(without: ["user_preferences", "video_history", "learned_patterns"])
        frame.preferencesExtra = preferences.fields.rest(without: Self.preferenceNames)
        frame.patternsExtra = patterns.fields.rest(without: ["successfulCombinations"])
    }

    static let preferenceNames: Set<String> = ["favorite_moods", "preferred_duration", "disliked_music_styles"]

    private static func run(_ item: FieldReader) throws(LarderError) -> RunFacts {
        let time = try item.time()
        var run = RunFacts(runID: try item.runID(), source: .document)
        run.timestamp = time?.text
        run.at = time?.at ?? Timestamp(milliseconds: 0)
        run.documentRating = try item.rating()
        run.theme = try item.text("theme")
        run.musicStyle = try item.text("musicStyle")
        run.mood = try item.text("mood")
        // Not a field of the contract's, but where it stands it says how long the film was.
        run.duration = item.fields["duration"]?.number
        run.extra = item.fields.rest(without: ["runId", "timestamp", "rating", "theme", "musicStyle", "mood"])
        return run
    }

    /// Of a repeated combination the last counts, shown as it was written first.
    private static func lastOfEach(_ all: [MemoryFrame.Imported]) -> [MemoryFrame.Imported] {
        // A table keeps the key that it met first.
        var places: [Combination: Int] = [:]
        for (place, one) in all.enumerated() { places[one.combination] = place }
        return places.sorted { $0.value < $1.value }.map { combination, place in
            var one = all[place]
            one.combination = combination
            return one
        }
    }

    private static func combination(_ item: FieldReader) throws(LarderError) -> MemoryFrame.Imported {
        var rate: [UInt8]?
        if let piece = item.fields.given("successRate") {
            guard let number = piece.number, (0...1).contains(number) else {
                throw item.wrong("successRate", piece, "it must be a number from 0 to 1")
            }
            rate = piece.bytes
        }
        return MemoryFrame.Imported(
            combination: Combination(
                mood: try item.neededText("mood"), musicStyle: try item.neededText("musicStyle")),
            successRate: rate, extra: item.fields.rest(without: ["mood", "musicStyle", "successRate"]))
    }

    /// What a person has chosen, now that this was written: what differs from what the document showed before. An empty
    /// list and null say nothing: a program that read the document before the choice would write them too.
    func preferences(comparedWith shown: ProjectMemory.Preferences, keeping chosen: MemoryFrame.Chosen)
        -> MemoryFrame.Chosen
    {
        var chosen = chosen
        if !favoriteMoods.isEmpty, favoriteMoods != shown.favoriteMoods { chosen.favoriteMoods = favoriteMoods }
        if !dislikedMusicStyles.isEmpty, dislikedMusicStyles != shown.dislikedMusicStyles {
            chosen.dislikedMusicStyles = dislikedMusicStyles
        }
        if let written = preferredDuration, written.bytes != shown.preferredDuration {
            chosen.preferredDuration = written.bytes
        }
        return chosen
    }
}
