import Foundation
import NIOHTTP1
import Testing

/// Answers of the memory that said what was not so.
@Suite("Strangers: what the memory answers", .server)
struct MemoryAnswerTests {
    @Test("A run that could never be rated is not recorded", arguments: ["a/b", "/", "/a", "a/"])
    func slash(_ name: String) async throws {
        let memory = MemoryProject(on: try server)
        let run = memory.run(name)
        let body = #"{"runId":"\#(run)","theme":"t","mood":"m","musicStyle":"s"}"#
        let recorded = try await server.send(.POST, memory.target + "/runs", [:], .text(body))
        try expectError(recorded, 422, code: "invalid_document")
        #expect(try recorded.json["error"]["message"].string?.contains("runId") == true)
        #expect(try await memory.json()["video_history"].items.isEmpty)
        let rated = try await server.send(
            .POST, memory.target + "/ratings", [:], .text(#"{"runId":"\#(run)","rating":"good"}"#))
        try expectError(rated, 422)
        let messages = [try recorded.json["error"]["message"].string, try rated.json["error"]["message"].string]
        #expect(messages[0] == messages[1], "the two say it in the same words")
    }

    @Test("A run with a long name that can be recorded can be rated", arguments: [1, 100, 200])
    func long(_ size: Int) async throws {
        let server = try server
        let memory = MemoryProject(on: server)
        let run = String((Fresh.name("r") + String(repeating: "x", count: size)).prefix(max(size, 10)))
        let body = #"{"runId":"\#(run)","theme":"t","mood":"m","musicStyle":"s"}"#
        expectStatus(try await server.send(.POST, memory.target + "/runs", [:], .text(body)), 201)
        let rating = #"{"runId":"\#(run)","rating":"good"}"#
        expectStatus(try await server.send(.POST, memory.target + "/ratings", [:], .text(rating)), 201)
    }

    @Test(
        "What a rating may be is said in the same words, whatever it was", arguments: ["\"Good\"", "null", "5", "\"\""])
    func rating(_ value: String) async throws {
        let memory = MemoryProject(on: try server)
        let body = #"{"runId":"\#(memory.run("r"))","rating":\#(value)}"#
        let reply = try await server.send(.POST, memory.target + "/ratings", [:], .text(body))
        try expectError(reply, 422, code: "invalid_document")
        let message = try #require(try reply.json["error"]["message"].string)
        let rule = message.components(separatedBy: "it must be ").last
        #expect(rule == #""good" or "bad"."#, "\(message)")
    }
}
