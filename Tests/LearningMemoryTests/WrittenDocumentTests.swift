import LarderModel
import LearningMemory
import Testing

@Suite("A document that was written whole")
struct WrittenDocumentTests {
    private static let document =
        #"""
        {"version":1.0,"user_preferences":{"favorite_moods":["calm"],"preferred_duration":45,\#
        "disliked_music_styles":[],"tone":"warm"},"video_history":[{"runId":"a",\#
        "timestamp":"2026-05-10T06:12:47.000Z","rating":"good","theme":"t","musicStyle":"piano","mood":"calm",\#
        "likes":12e2},{"runId":"b","timestamp":"2026-05-10T07:12:47.000Z","rating":null,"theme":"u",\#
        "musicStyle":"piano"}],"learned_patterns":{"successfulCombinations":[{"mood":"calm","musicStyle":"piano",\#
        "successRate":1,"by":"hand"},{"mood":"dark","musicStyle":"drone","successRate":0.50}],"trend":[1,2]},\#
        "z":{"deep":[true,null,"\u00e9"]}}
        """#

    @Test("Every field stays, known or not, also when runs and ratings come on top")
    func unknownFields() throws {
        var memory = ProjectMemory()
        try memory.write(Self.document)
        let unknown = [
            #""version":1.0"#, #""tone":"warm""#, #""likes":12e2"#, #""by":"hand""#, #""trend":[1,2]"#,
            #""z":{"deep":[true,null,"\u00e9"]}"#,
        ]
        for field in unknown { #expect(memory.text.contains(field), "\(field)") }
        memory.learn(Sample.run("c", "calm", "piano"))
        memory.evaluate(try Sample.evaluation("c", .bad))
        for field in unknown { #expect(memory.text.contains(field), "\(field)") }
        #expect(memory.text.contains(#""favorite_moods":["calm"],"preferred_duration":45"#))
        // Our own count takes the place of the rate that came along; a rate without runs stays.
        #expect(memory.text.contains(#"{"mood":"calm","musicStyle":"piano","successRate":0.5,"by":"hand"}"#))
        #expect(memory.text.contains(#"{"mood":"dark","musicStyle":"drone","successRate":0.50}"#))
    }

    @Test("Written back as it was read, it stays the same")
    func roundTrip() throws {
        var memory = ProjectMemory()
        try memory.write(Self.document)
        let first = memory
        try memory.write(memory.text)
        #expect(memory == first)
        memory = try Sample.memory([
            ("uplifting", "piano", .good), ("uplifting", "piano", .good), ("calm", "drone", .bad),
            ("calm", "drone", .bad),
        ])
        let text = memory.text
        try memory.write(text)
        #expect(memory.text == text)
        // Nothing of what was inferred has become a choice, and what was computed is not kept as imported.
        memory.withdraw(try EntryKey("r0/evaluation.json"))
        memory.withdraw(try EntryKey("r1/evaluation.json"))
        #expect(
            memory.text.contains(#""favorite_moods":[]"#)
                && !memory.text.contains(#""musicStyle":"piano","successRate""#))
    }

    @Test("A stale write loses neither recorded runs nor ratings nor choices")
    func stale() throws {
        var memory = ProjectMemory()
        let before = memory.text
        memory.learn(Sample.run("r1"))
        memory.evaluate(try Sample.evaluation("r1", .good))
        try memory.prefer(Array(#"{"preferred_duration":45}"#.utf8))
        let known = memory.text
        try memory.write(before)
        #expect(memory.text == known)
    }

    @Test("Runs that only documents told of go when a document leaves them out")
    func removed() throws {
        var memory = ProjectMemory(runs: [Sample.run("r1")])
        try memory.write(Self.document)
        #expect(Set(memory.runs.keys) == ["r1", "a", "b"])
        try memory.write(#"{"video_history":[{"runId":"b"}]}"#)
        #expect(Set(memory.runs.keys) == ["r1", "b"])
    }

    @Test("An evaluation says more than a rating in a document, and taking it back leaves no copy")
    func evaluationFirst() throws {
        var memory = ProjectMemory(runs: [Sample.run("r1")], evaluations: [try Sample.evaluation("r1", .good)])
        try memory.write(#"{"video_history":[{"runId":"r1","rating":"bad","musicStyle":"piano","mood":"uplifting"}]}"#)
        #expect(memory.history.map(\.rating) == [.good])
        memory.withdraw(try EntryKey("r1/evaluation.json"))
        #expect(memory.history.map(\.rating) == [nil])
    }

    @Test(
        "The field that can't be is named",
        arguments: [
            ("[1", "The body"), ("3", "The document"), (#"{"video_history":{}}"#, "video_history is"),
            (#"{"video_history":[1]}"#, "video_history[0] is"),
            (#"{"video_history":[{"runId":"a"},{"theme":"x"}]}"#, "video_history[1].runId is missing"),
            (#"{"video_history":[{"runId":7}]}"#, "video_history[0].runId is 7"),
            (#"{"video_history":[{"runId":"a","rating":"great"}]}"#, #"video_history[0].rating is "great""#),
            (#"{"video_history":[{"runId":"a","timestamp":"yesterday"}]}"#, "video_history[0].timestamp is"),
            (#"{"video_history":[{"runId":"a","mood":[]}]}"#, "video_history[0].mood is"),
            (#"{"user_preferences":[]}"#, "user_preferences is"),
            (#"{"user_preferences":{"favorite_moods":[1]}}"#, "user_preferences.favorite_moods[0] is 1"),
            (#"{"user_preferences":{"preferred_duration":true}}"#, "user_preferences.preferred_duration is true"),
            (
                #"{"learned_patterns":{"successfulCombinations":[{"mood":"a","musicStyle":"b","successRate":1.5}]}}"#,
                "learned_patterns.successfulCombinations[0].successRate is 1.5"
            ),
            (
                #"{"learned_patterns":{"successfulCombinations":[{"mood":"a"}]}}"#,
                "learned_patterns.successfulCombinations[0].musicStyle is missing"
            ),
        ])
    func refused(document: String, message: String) throws {
        let error = try #require(throws: LarderError.self) { try WrittenDocument(json: Array(document.utf8)) }
        #expect(error.message.hasPrefix(message), "\(error)")
        #expect([.notJSON, .invalidDocument].contains(error.code))
    }
}
