import Gzip
import LarderClient
import Testing

@testable import AgentOSImport

@Suite("A backup of AgentOS's")
struct BackupTurnsTests {
    private static let backup = #"""
        {"version":"1.0.0","adapter":"sql-storage-adapter","schema":[],"data":{"other":[1],
        "conversations":[{"conversationId":"c","userId":"u","title":"T","persona":null,"createdat":5}],
        "conversation_turns":[
        {"storageId":"t2","userId":"u","conversationId":"c","role":"assistant","content":null,"timestamp":2,
         "total_tokens":"7","metadata":{"a": [1.50]}},
        {"storageid":"t1","userid":"u","conversationid":"c","role":"user","content":"\ud83d cut","timestamp":"1",
         "tool_calls":"[ 1 ]"},
        {"storageId":"t3","userId":"u","conversationId":"c","role":"user","timestamp":3,
         "content":{"type":"Buffer","data":[195,169]}},
        {"storageId":"t4","userId":"u","conversationId":"c","role":"user","timestamp":4,"content":{"0":255,"1":0}},
        {"storageId":"t5","userId":"u","conversationId":"c","timestamp":5},
        17]}}
        """#

    private func expectAll(_ source: any TurnSource) async throws {
        let (events, damage) = try await Sample.read(source)
        #expect(
            events == [
                "u/c": [
                    #"{"role":"user","content":"\ud83d cut","timestamp":1,"tool_calls":[ 1 ],"storageId":"t1"}"#,
                    #"{"role":"assistant","timestamp":2,"usage":{"total_tokens":7},"metadata":{"a": [1.50]},"storageId":"t2"}"#,
                    #"{"role":"user","content":"é","timestamp":3,"storageId":"t3"}"#,
                    #"{"role":"user","content":"/wA=","timestamp":4,"storageId":"t4"}"#,
                ]
            ])
        #expect(
            damage == [
                "conversation_turns row 6: has no conversationId", "conversation_turns row 5: has no role",
            ])
        let header = try ConversationHeader(try #require(try await source.headers().first))
        #expect(
            header.patch(lackingIn: []).map { String(decoding: $0, as: UTF8.self) }
                == #"{"title":"T","createdAt":5}"#)
    }

    @Test("is read like the tables, with BLOBs as Node.js writes them")
    func plain() async throws {
        try await Sample.file(Array(Self.backup.utf8)) { try await expectAll(try await AgentOSFile.open($0)) }
    }

    @Test("is read with gzip, whatever its name is")
    func packed() async throws {
        try await Sample.file(Sample.gzip(Self.backup)) { try await expectAll(try await AgentOSFile.open($0)) }
    }

    @Test(
        "that is cut off, no JSON, or without the table is refused with a reason",
        arguments: [
            Array(Self.backup.utf8.dropLast(3)), Array("hello".utf8), [], Array(#"{"data":{"conversations":[]}}"#.utf8),
            Array(#"{"data":[]}"#.utf8), Array("[]".utf8), Array(Sample.gzip(Self.backup).dropLast(9)),
            Array(Sample.gzip(Self.backup).prefix(20) + [UInt8](repeating: 1, count: 40)),
        ])
    func refusals(bytes: [UInt8]) async throws {
        try await Sample.file(bytes) { path in
            let error = await #expect(throws: LarderClientError.self) { _ = try await AgentOSFile.open(path) }
            #expect(error?.code == .fileError, "\(String(describing: error))")
        }
    }
}
