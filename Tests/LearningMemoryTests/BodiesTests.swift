import LarderModel
import LearningMemory
import Testing

@Suite("What is posted")
struct BodiesTests {
    private func draft(_ body: String) throws -> String {
        String(
            decoding: try NewEvaluation(
                Array(body.utf8), project: "p", now: Timestamp(milliseconds: 0), maxDepth: JSONText.depthDefault
            )
            .json, as: UTF8.self)
    }

    @Test(
        "A comment is found under any of its names, and none is lost",
        arguments: [
            (#""comments":"a\u00e9""#, #""comments":"a\u00e9","timestamp":"1970-01-01T00:00:00.000Z""#),
            (#""feedback":"f""#, #""comments":"f","timestamp":"1970-01-01T00:00:00.000Z""#),
            (#""comment":"c","feedback":"f""#, #""comments":"f","timestamp":"1970-01-01T00:00:00.000Z","comment":"c""#),
            (#""comments":"","comment":"c""#, #""comments":"c","timestamp":"1970-01-01T00:00:00.000Z""#),
            (#""stars":5"#, #""timestamp":"1970-01-01T00:00:00.000Z","stars":5"#),
        ])
    func comments(fields: String, expected: String) throws {
        #expect(
            try draft(#"{"runId":"r","rating":"bad",\#(fields)}"#)
                == #"{"projectId":"p","runId":"r","rating":"bad",\#(expected)}"#)
    }

    @Test(
        "A rating that can't be names the field",
        arguments: [
            (#"{"rating":"good"}"#, "runId is missing"), (#"{"runId":"r"}"#, "rating is missing"),
            (#"{"runId":"r","rating":"so-so"}"#, "rating is"),
            (#"{"runId":"r","rating":"good","comments":7}"#, "comments is 7"),
            (#"{"runId":"r","rating":"good","timestamp":"now"}"#, "timestamp is"),
            ("[]", "The rating"),
        ])
    func badRating(body: String, message: String) throws {
        let error = try #require(throws: LarderError.self) { try draft(body) }
        #expect(error.code == .invalidDocument && error.message.hasPrefix(message), "\(error)")
    }

    @Test(
        "A run that can't be names the field",
        arguments: [
            (#"{"theme":"t","mood":"m","musicStyle":"s"}"#, "runId"),
            (#"{"runId":"r","mood":"m","musicStyle":"s"}"#, "theme"),
            (#"{"runId":"r","theme":"t","musicStyle":"s"}"#, "mood"),
            (#"{"runId":"r","theme":"t","mood":"m"}"#, "musicStyle"),
            (#"{"runId":"r","theme":"t","mood":"m","musicStyle":"s","duration":"42"}"#, "duration"),
            (#"{"runId":"r","theme":"t","mood":"m","musicStyle":"s","timestamp":"2026-02-30"}"#, "timestamp"),
        ])
    func badRun(body: String, field: String) throws {
        let error = try #require(throws: LarderError.self) { try RunDraft.read(Array(body.utf8)) }
        #expect(error.code == .invalidDocument && error.message.hasPrefix(field), "\(error)")
    }

    @Test("A name of 200 bytes is taken, one of 201 is not")
    func longNames() throws {
        func read(_ count: Int) throws -> RunFacts {
            try RunDraft.read(
                Array(
                    #"{"runId":"r","theme":"\#(String(repeating: "t", count: count))","mood":"m","musicStyle":"s"}"#
                        .utf8))
        }
        #expect(try read(200).theme?.utf8.count == 200)
        #expect(throws: LarderError.self) { try read(201) }
    }

    @Test(
        "Times are read as JavaScript and people write them",
        arguments: [
            ("2026-05-10T06:12:47.000Z", 1_778_393_567_000 as Int64?), ("2026-05-10T06:12:47.5Z", 1_778_393_567_500),
            ("2026-05-10T08:12:47+02:00", 1_778_393_567_000),
            ("2026-05-10", 1_778_371_200_000), ("2024-02-29T00:00Z", 1_709_164_800_000), ("2026-02-29", nil),
            ("2026-13-01", nil),
            ("2026-05-10T24:00:00Z", nil),
            ("", nil), ("10 May 2026", nil), ("1970-01-01T00:00:00.123456Z", 123),
        ])
    func times(text: String, milliseconds: Int64?) { #expect(ISOTime.parse(text)?.milliseconds == milliseconds) }

    @Test(
        "An entry that is no evaluation is none",
        arguments: ["", "x", "[]", "{}", #"{"rating":null}"#, #"{"rating":"great"}"#, #"{"rating":1}"#])
    func noEvaluation(_ content: String) { #expect(EvaluationDocument(reading: Array(content.utf8)) == nil) }
}
