import LarderClient
import Testing

@testable import AgentOSImport

@Suite("AgentOS's SQLite file")
struct SQLiteTurnsTests {
    @Test("gives each turn with all that it says, in the order of its conversation")
    func turns() async throws {
        try await Sample.database(
            Sample.tables,
            """
            INSERT INTO conversations VALUES ('trip','ada','planner',1000,3000,'A trip.','Norway','guide');
            INSERT INTO conversation_turns VALUES
                ('t2','ada','trip','planner','assistant',NULL,2000,'m-1',10,5,15,'[{"id": "c1"}]',NULL,'{"k": 1.50}',NULL),
                ('t1','ada','trip','planner','user','Where "to"?',1000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
                ('t3','ada','trip','planner','tool','{}',2000,NULL,NULL,NULL,7,'no json',   'c1','',  'short');
            """
        ) { path in
            let source = try await AgentOSFile.open(path)
            let (events, damage) = try await Sample.read(source)
            #expect(damage.isEmpty)
            #expect(
                events == [
                    "ada/trip": [
                        #"{"role":"user","content":"Where \"to\"?","timestamp":1000,"agentId":"planner","storageId":"t1"}"#,
                        #"{"role":"assistant","timestamp":2000,"agentId":"planner","model":"m-1","#
                            + #""usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15},"#
                            + #""tool_calls":[{"id": "c1"}],"metadata":{"k": 1.50},"storageId":"t2"}"#,
                        #"{"role":"tool","content":"{}","timestamp":2000,"agentId":"planner","usage":{"total_tokens":7},"#
                            + #""tool_calls":"no json","tool_call_id":"c1","metadata":"","summary":"short","#
                            + #""storageId":"t3"}"#,
                    ]
                ])
            let header = try ConversationHeader(try #require(try await source.headers().first))
            #expect(
                header.patch(lackingIn: [Array("summary".utf8)]).map { String(decoding: $0, as: UTF8.self) }
                    == #"{"title":"Norway","persona":"guide","agentId":"planner","createdAt":1000,"lastActivity":3000}"#
            )
            #expect(
                header.patch(
                    lackingIn: Set(
                        ["title", "summary", "persona", "agentId", "createdAt", "lastActivity"].map { Array($0.utf8) }))
                    == nil)
        }
    }

    @Test("of an older version has fewer columns, and those that are missing are absent fields")
    func olderTables() async throws {
        try await Sample.database(
            Sample.oldTables,
            """
            INSERT INTO conversations VALUES ('c','u',NULL,1,2,NULL,NULL);
            INSERT INTO conversation_turns VALUES ('t1','u','c','a','user','hi',1.5,NULL,NULL,NULL,NULL,NULL,NULL);
            """
        ) { path in
            let (events, damage) = try await Sample.read(try await AgentOSFile.open(path))
            #expect(damage.isEmpty)
            #expect(
                events == [
                    "u/c": [#"{"role":"user","content":"hi","timestamp":1.5,"agentId":"a","storageId":"t1"}"#]
                ])
        }
    }

    @Test("is read without a table of conversations, and with columns in other letters")
    func onlyTurns() async throws {
        try await Sample.database(
            """
            CREATE TABLE conversation_turns (STORAGEID TEXT, userid TEXT, ConversationId TEXT, role TEXT, TimeStamp INTEGER);
            INSERT INTO conversation_turns VALUES ('t1','u','c','user',1);
            """
        ) { path in
            let (events, _) = try await Sample.read(try await AgentOSFile.open(path))
            #expect(events == ["u/c": [#"{"role":"user","timestamp":1,"storageId":"t1"}"#]])
        }
    }

    @Test("takes a BLOB that is UTF-8 for text, and shows any other in base64")
    func blobs() async throws {
        try await Sample.database(
            Sample.tables,
            """
            INSERT INTO conversation_turns (storageId,userId,conversationId,role,content,timestamp) VALUES
                ('t1','u','c','user',X'C3A974C3A9',1), ('t2','u','c','user',X'FF00FE',2),
                ('t3','u','c','user',CAST(X'FF' AS TEXT),3), ('t4','u','c','user',CAST(X'610062' AS TEXT),4);
            """
        ) { path in
            let (events, damage) = try await Sample.read(try await AgentOSFile.open(path))
            #expect(damage.isEmpty)
            #expect(
                events["u/c"] == [
                    #"{"role":"user","content":"été","timestamp":1,"storageId":"t1"}"#,
                    #"{"role":"user","content":"/wD+","timestamp":2,"storageId":"t2"}"#,
                    #"{"role":"user","content":"/w==","timestamp":3,"storageId":"t3"}"#,
                    #"{"role":"user","content":"a\u0000b","timestamp":4,"storageId":"t4"}"#,
                ])
        }
    }

    @Test("names damaged rows, and gives all others")
    func damage() async throws {
        try await Sample.database(
            Sample.tables,
            """
            INSERT INTO conversations (conversationId,userId) VALUES ('owned','ada'), ('nobody',NULL);
            INSERT INTO conversation_turns (storageId,userId,conversationId,role,timestamp) VALUES
                ('1','u','c',NULL,1), ('2','u','c','',1), ('3','u','c','user',NULL), ('4','u','c','user','soon'),
                ('5','u',NULL,'user',1), ('6',NULL,'c','user',1), ('7',NULL,'owned','user',1), ('8','u','c','user',9e999),
                ('9','u','c','user','1700000000000');
            """
        ) { path in
            let (events, damage) = try await Sample.read(try await AgentOSFile.open(path))
            #expect(
                Set(damage) == [
                    "conversations row 2: has no userId",
                    "conversation_turns row 1: has no role", "conversation_turns row 2: has no role",
                    "conversation_turns row 3: has no timestamp",
                    "conversation_turns row 4: has a timestamp that is no number",
                    "conversation_turns row 5: has no conversationId", "conversation_turns row 6: has no userId",
                    "conversation_turns row 8: has no timestamp",
                ])
            #expect(events["ada/owned"]?.count == 1)
            #expect(events["u/c"] == [#"{"role":"user","timestamp":1700000000000,"storageId":"9"}"#])
        }
    }

    @Test("without names for its turns gets names from what they say; equal turns stay two, the same again stays one")
    func namesForTurns() async throws {
        let sql = """
            INSERT INTO conversation_turns (userId,conversationId,role,content,timestamp) VALUES
                ('u','c','user','hi',1), ('u','c','user','hi',1), ('u','c','user','ho',1);
            """
        try await Sample.database(Sample.tables, sql) { path in
            let first = try await Sample.read(try await AgentOSFile.open(path)).events["u/c"]
            let again = try await Sample.read(try await AgentOSFile.open(path)).events["u/c"]
            #expect(first?.count == 3 && Set(first ?? []).count == 3)
            #expect(first == again)
        }
    }

    @Test("keeps two conversations apart whatever is in their names")
    func keys() {
        func key(_ user: String, _ conversation: String) -> String {
            ConversationName(user: Array(user.utf8), conversation: Array(conversation.utf8)).label
        }
        #expect(key("a/b", "c") == "a%2Fb/c")
        #expect(key("a", "b/c") == "a/b%2Fc")
        #expect(key("a%2Fb", "c") == "a%252Fb/c")
        #expect(key("é", "..") == "é/..")
        #expect(key("history", "notifications") == "%68istory/%6Eotifications")
    }

    @Test("that is another database, or damaged, is refused with a reason")
    func refusals() async throws {
        try await Sample.database("CREATE TABLE notes (id INTEGER)") { path in
            let error = await #expect(throws: LarderClientError.self) { _ = try await AgentOSFile.open(path) }
            #expect(error?.code == .fileError)
            #expect(error?.message.contains("conversation_turns") == true)
        }
        try await Sample.file(Array("SQLite format 3\0".utf8) + [UInt8](repeating: 7, count: 200)) { path in
            let error = await #expect(throws: LarderClientError.self) { _ = try await AgentOSFile.open(path) }
            #expect(error?.code == .fileError)
        }
        let error = await #expect(throws: LarderClientError.self) { _ = try await AgentOSFile.open("/no/such/file") }
        #expect(error?.code == .notFound)
    }
}
