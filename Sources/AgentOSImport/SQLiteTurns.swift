import Foundation
import GRDB
import LarderClient
import NIOPosix

/// AgentOS's SQLite file, read and never written. GRDB's own queue waits for the disk, no task does.
struct SQLiteTurns: TurnSource {
    /// What is read of each table, where it is there: tables of older versions have fewer columns.
    private static let headerColumns = [
        "conversationId", "userId", "agentId", "title", "summary", "persona", "createdAt", "lastActivity",
    ]
    private static let turnColumns = [
        "storageId", "userId", "conversationId", "agentId", "role", "content", "timestamp", "model", "prompt_tokens",
        "completion_tokens", "total_tokens", "tool_calls", "tool_call_id", "metadata", "summary",
    ]

    /// How long another program may hold the file.
    private static let busyTimeout: TimeInterval = 5

    private let queue: DatabaseQueue
    private let path: String
    /// Columns as the tables call them.
    private let headers: [String], turns: [String]
    /// Whether text lies there as UTF-8, so that its bytes can be looked at.
    private let isUTF8: Bool

    /// - Throws: `LarderClientError` `fileError` when it can't be read, or has no table of turns.
    static func open(_ path: String) async throws -> SQLiteTurns {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(busyTimeout)
        let settings = configuration
        return try await translating(path) {
            let queue = try await NIOThreadPool.singleton.runIfActive {
                try DatabaseQueue(path: path, configuration: settings)
            }
            return try await queue.read { db in
                guard try db.tableExists(AgentOSTable.turns) else {
                    throw LarderClientError(
                        .fileError, "\(path) has no table '\(AgentOSTable.turns)': is it AgentOS's memory?")
                }
                let headers = try columns(of: AgentOSTable.conversations, in: db, known: headerColumns)
                let turns = try columns(of: AgentOSTable.turns, in: db, known: turnColumns)
                let encoding = try String.fetchOne(db, sql: "PRAGMA encoding")
                return SQLiteTurns(
                    queue: queue, path: path, headers: headers, turns: turns, isUTF8: encoding == "UTF-8")
            }
        }
    }

    func headers() async throws -> [SourceRow] {
        guard !headers.isEmpty else { return [] }
        return try await rows(AgentOSTable.conversations, headers, "ORDER BY rowid").map(\.row)
    }

    func places() async throws -> [TurnPlace] {
        let columns = turns.filter { name in
            ["userId", "conversationId", "timestamp"].contains { $0.caseInsensitiveCompare(name) == .orderedSame }
        }
        return try await rows(AgentOSTable.turns, columns, "ORDER BY rowid").map { number, row in
            TurnPlace(
                number: number, user: row.text("userId"), conversation: row.text("conversationId"),
                timestamp: row["timestamp"]?.double)
        }
    }

    func turns(_ numbers: [Int64]) async throws -> [SourceRow] {
        let list = numbers.map { "\($0)" }.joined(separator: ",")
        let found = try await rows(AgentOSTable.turns, turns, "WHERE rowid IN (\(list))")
        let byNumber = Dictionary(found.map { ($0.number, $0.row) }) { $1 }
        return numbers.compactMap { byNumber[$0] }
    }

    private static func columns(of table: String, in db: Database, known: [String]) throws -> [String] {
        guard try db.tableExists(table) else { return [] }
        return try db.columns(in: table).map(\.name).filter { name in
            known.contains { $0.caseInsensitiveCompare(name) == .orderedSame }
        }
    }

    private func rows(_ table: String, _ columns: [String], _ clause: String) async throws -> [(
        number: Int64, row: SourceRow
    )] {
        let fields = columns.map(bytesOf).joined()
        let sql = "SELECT rowid\(fields) FROM \(table) \(clause)"
        return try await Self.translating(path) {
            try await queue.read { db in
                var rows: [(number: Int64, row: SourceRow)] = []
                let cursor = try Row.fetchCursor(db, sql: sql)
                while let row = try cursor.next() {
                    let number: Int64 = row[0]
                    let values = columns.enumerated().compactMap { place, name in
                        Self.value(row[place + 1]).map { (name: name, value: $0) }
                    }
                    rows.append((number, SourceRow(label: "\(table) row \(number)", columns: values)))
                }
                return rows
            }
        }
    }

    /// Text comes as its bytes: it may hold a NUL, or be no UTF-8.
    private func bytesOf(_ column: String) -> String {
        let name = "\"\(column.replacing("\"", with: "\"\""))\""
        return isUTF8 ? ", CASE typeof(\(name)) WHEN 'text' THEN CAST(\(name) AS BLOB) ELSE \(name) END" : ", \(name)"
    }

    /// nil: NULL, or a number that is none.
    private static func value(_ value: DatabaseValue) -> ColumnValue? {
        switch value.storage {
        case .null: nil
        case .int64(let number): .integer(number)
        case .double(let number): number.isFinite ? .real(number) : nil
        case .string(let text): .text(Array(text.utf8))
        case .blob(let data): ColumnValue(stored: Array(data))
        }
    }

    private static func translating<R>(_ path: String, _ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as DatabaseError {
            throw LarderClientError(.fileError, "\(path): \(error.message ?? "SQLite can't read it").")
        }
    }
}
