import LarderModel

/// Writes the document (contract §4.4), always in the same order: known fields first, then unknown ones as they came.
///
///     {"user_preferences":{"favorite_moods":[],"preferred_duration":null,"disliked_music_styles":[]},
///      "video_history":[{"runId":"r1","timestamp":"…Z","rating":"good","theme":"harbour-walk",
///          "musicStyle":"piano","mood":"uplifting"}],
///      "learned_patterns":{"successfulCombinations":[{"mood":"uplifting","musicStyle":"piano","successRate":1}]}}
enum DocumentWriter {
    /// - Returns: the document, and the bytes that each run takes in it.
    static func write(_ parts: ProjectMemory.Parts, _ frame: MemoryFrame) -> (bytes: [UInt8], itemSizes: [Int]) {
        var out = JSONWriter()
        var itemSizes: [Int] = []
        out.openObject()
        out.field("user_preferences", raw: preferences(parts.preferences, frame))
        out.name("video_history")
        out.openArray()
        for run in parts.history {
            let before = out.bytes.count
            append(run, to: &out)
            itemSizes.append(out.bytes.count - before)
        }
        out.closeArray()
        out.name("learned_patterns")
        out.openObject()
        out.name("successfulCombinations")
        out.openArray()
        append(parts.patterns, frame, to: &out)
        out.closeArray()
        out.members(raw: frame.patternsExtra)
        out.closeObject()
        out.members(raw: frame.extra)
        out.closeObject()
        return (out.bytes, itemSizes)
    }

    static func preferences(_ preferences: ProjectMemory.Preferences, _ frame: MemoryFrame) -> [UInt8] {
        var out = JSONWriter()
        out.openObject()
        out.field("favorite_moods", texts: preferences.favoriteMoods)
        out.field("preferred_duration", raw: preferences.preferredDuration)
        out.field("disliked_music_styles", texts: preferences.dislikedMusicStyles)
        out.members(raw: frame.preferencesExtra)
        out.closeObject()
        return out.bytes
    }

    static func append(_ run: RatedRun, to out: inout JSONWriter) {
        let facts = run.facts
        out.openObject()
        out.field("runId", facts.runID)
        out.field("timestamp", facts.timestamp)
        out.field("rating", run.rating?.rawValue)
        out.field("theme", facts.theme)
        out.field("musicStyle", facts.musicStyle)
        if let mood = facts.mood { out.field("mood", mood) }
        out.members(raw: facts.extra)
        out.closeObject()
    }

    /// Combinations with rated runs, then those that only came along with a document.
    private static func append(_ patterns: LearnedPatterns, _ frame: MemoryFrame, to out: inout JSONWriter) {
        var imported = Dictionary(frame.imported.map { ($0.combination, $0) }) { $1 }
        for (combination, evidence) in patterns.ranked {
            append(
                combination, JSONWriter.text(of: evidence.successRate),
                imported.removeValue(forKey: combination)?.extra ?? [], to: &out)
        }
        for one in frame.imported where imported[one.combination] != nil {
            guard let rate = one.successRate else { continue }
            append(one.combination, String(decoding: rate, as: UTF8.self), one.extra, to: &out)
        }
    }

    private static func append(_ combination: Combination, _ rate: String, _ extra: [UInt8], to out: inout JSONWriter) {
        out.openObject()
        out.field("mood", combination.mood.text)
        out.field("musicStyle", combination.musicStyle.text)
        out.field("successRate", raw: Array(rate.utf8))
        out.members(raw: extra)
        out.closeObject()
    }
}
