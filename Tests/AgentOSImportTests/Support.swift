import Foundation
import GRDB
import Gzip
import LarderTestSupport

@testable import AgentOSImport

/// Files as AgentOS leaves them.
enum Sample {
    /// The tables as they were before tool calls and personas.
    static let oldTables = """
        CREATE TABLE conversations (conversationId TEXT PRIMARY KEY, userId TEXT NOT NULL, agentId TEXT,
            createdAt INTEGER NOT NULL, lastActivity INTEGER NOT NULL, summary TEXT, title TEXT);
        CREATE TABLE conversation_turns (storageId TEXT PRIMARY KEY, userId TEXT NOT NULL,
            conversationId TEXT NOT NULL, agentId TEXT NOT NULL, role TEXT NOT NULL, content TEXT,
            timestamp INTEGER NOT NULL, model TEXT, prompt_tokens INTEGER, completion_tokens INTEGER,
            total_tokens INTEGER, metadata TEXT, summary TEXT);
        """

    /// The tables as they are now, without what forbids damaged rows.
    static let tables = """
        CREATE TABLE conversations (conversationId TEXT PRIMARY KEY, userId TEXT, agentId TEXT, createdAt INTEGER,
            lastActivity INTEGER, summary TEXT, title TEXT, persona TEXT);
        CREATE TABLE conversation_turns (storageId TEXT PRIMARY KEY, userId TEXT, conversationId TEXT, agentId TEXT,
            role TEXT, content TEXT, timestamp INTEGER, model TEXT, prompt_tokens INTEGER, completion_tokens INTEGER,
            total_tokens INTEGER, tool_calls TEXT, tool_call_id TEXT, metadata TEXT, summary TEXT);
        """

    /// A SQLite file that these statements made, given to `body`.
    static func database<R>(_ sql: String..., body: (String) async throws -> R) async throws -> R {
        try await TemporaryFolder.with { folder async throws in
            let path = folder + "/vca_memory.sqlite3"
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in for script in sql { try db.execute(sql: script) } }
            try queue.close()
            return try await body(path)
        }
    }

    /// A file with these bytes, given to `body`.
    static func file<R>(_ bytes: [UInt8], body: (String) async throws -> R) async throws -> R {
        try await TemporaryFolder.with { folder async throws in
            let path = folder + "/backup"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return try await body(path)
        }
    }

    static func gzip(_ text: String) -> [UInt8] {
        Array(text.utf8).withUnsafeBytes { Gzip.encode($0, with: GzipEncoder()) }
    }

    /// The events of a source, conversation by conversation, and what is wrong with the others.
    static func read(_ source: any TurnSource) async throws -> (events: [String: [String]], damage: [String]) {
        let list = ConversationList(headers: try await source.headers(), places: try await source.places())
        var events: [String: [String]] = [:]
        var damage = list.damaged.map { "\($0.label): \($0.what)" }
        for conversation in list.conversations {
            var seen: [[UInt8]: Int] = [:]
            events[conversation.name.label] = []
            for row in try await source.turns(conversation.turns) {
                do throws(RowDamage) {
                    let turn = try Turn(row, seen: &seen)
                    events[conversation.name.label]?.append(String(decoding: turn.event, as: UTF8.self))
                } catch {
                    damage.append("\(row.label): \(error.what)")
                }
            }
        }
        return (events, damage)
    }
}
