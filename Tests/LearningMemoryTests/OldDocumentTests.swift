import LarderModel
import LearningMemory
import Testing

@Suite("Old shapes of the document")
struct OldDocumentTests {
    private func convert(_ text: String) throws -> String? {
        guard let converted = try OldDocument.convert(Array(text.utf8)) else { return nil }
        _ = try WrittenDocument(json: converted)
        return String(decoding: converted, as: UTF8.self)
    }

    /// The converted document's history and, beside it, what must be somewhere in the document.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let old: String
        let history: String
        var holds: [String] = []
        var testDescription: String { name }
    }

    private static let run =
        #"""
        {"runId":"a","timestamp":"2026-05-10T06:12:47.000Z","rating":"good","theme":"t","musicStyle":"piano",\#
        "mood":"calm"}
        """#

    @Test(
        "Recognised and converted",
        arguments: [
            Case(name: "an array of runs", old: "[\(run)]", history: run),
            Case(
                name: "an array of runs in snake case",
                old:
                    #"""
                    [{"run_id":"a","created_at":1778393567000,"rating":"up","theme":"t","music_style":"piano",\#
                    "mood":"calm"}]
                    """#,
                history: run),
            Case(
                name: "camelCase",
                old:
                    #"""
                    {"userPreferences":{"favoriteMoods":["calm"],"preferredDuration":45,\#
                    "dislikedMusicStyles":["drone"],"tone":"warm"},"videoHistory":[\#(run)],\#
                    "learnedPatterns":{"successfulCombinations":[{"mood":"calm","musicStyle":"piano",\#
                    "successRate":0.9}]},"other":1}
                    """#,
                history: run,
                holds: [
                    #"""
                    "user_preferences":{"favorite_moods":["calm"],"preferred_duration":45,\#
                    "disliked_music_styles":["drone"],"tone":"warm"}
                    """#,
                    #"{"mood":"calm","musicStyle":"piano","successRate":0.9}"#, #""other":1"#,
                ]),
            Case(
                name: "a map of ratings",
                old:
                    #"""
                    {"ratings":{"a":"good","b":{"rating":"bad","comments":"No","timestamp":"2026-05-10T06:12:47Z"}}}
                    """#,
                history:
                    #"""
                    {"runId":"a","timestamp":null,"rating":"good","theme":null,"musicStyle":null},{"runId":"b",\#
                    "timestamp":"2026-05-10T06:12:47Z","rating":"bad","theme":null,"musicStyle":null,"comments":"No"}
                    """#
            ),
            Case(
                name: "runs beside their ratings",
                old:
                    #"""
                    {"runs":[{"id":"a","timestamp":"2026-05-10T06:12:47.000Z","theme":"t","style":"piano",\#
                    "mood":"calm"}],"ratings":{"a":true}}
                    """#,
                history: run),
            Case(
                name: "runs by ID",
                old:
                    #"""
                    {"runs":{"a":{"timestamp":"2026-05-10T06:12:47.000Z","rating":"good","theme":"t","style":"piano",\#
                    "mood":"calm"}},"preferences":{"preferredDuration":30}}
                    """#,
                history: run, holds: [#""preferred_duration":30"#]),
            Case(
                name: "today's document with old items",
                old:
                    #"""
                    {"user_preferences":{},"video_history":[{"run_id":"a","timestamp":"2026-05-10T06:12:47.000Z",\#
                    "rating":"good","theme":"t","music_style":"piano","mood":"calm"}],"learned_patterns":{}}
                    """#,
                history: run),
            Case(
                name: "ratings that nobody can read", old: #"[{"runId":"a","rating":5,"date":"May"}]"#,
                history:
                    #"""
                    {"runId":"a","timestamp":null,"rating":null,"theme":null,"musicStyle":null,\#
                    "originalTimestamp":"May","originalRating":5}
                    """#
            ),
        ])
    func shape(_ one: Case) throws {
        let converted = try #require(try convert(one.old))
        #expect(converted.contains(#""video_history":[\#(one.history)]"#), "\(converted)")
        for part in one.holds { #expect(converted.contains(part), "\(converted)") }
        // What was converted is of today's shape.
        #expect(try convert(converted) == nil)
    }

    @Test(
        "Today's shape is left alone",
        arguments: [
            "{}", #"{"video_history":[]}"#, #"{"user_preferences":{"favorite_moods":[]},"ratings":{"a":"good"}}"#, "3",
            #"{"anything":1}"#,
            #"{"video_history":[{"theme":"no ID at all"}]}"#,
        ])
    func today(_ document: String) throws { #expect(try OldDocument.convert(Array(document.utf8)) == nil) }
}
