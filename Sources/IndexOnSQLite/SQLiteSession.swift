import GRDB
import GRDBSQLite
import Index

/// A connection of SQLite's: GRDB's cached statements, bound and read through SQLite's own calls, with one copy of a
/// key or content and no boxed values. GRDB keeps the connections, the statement cache, transactions and migrations.
struct SQLiteSession: SQLSession {
    let db: Database
    var connection: OpaquePointer? { db.sqliteConnection }

    func run(_ sql: String, _ bind: (any SQLParameters) -> Void) throws {
        let statement = try prepared(sql)
        bind(statement)
        defer { sqlite3_reset(statement.pointer) }
        while try step(statement, sql) {}
    }

    func change(_ sql: String, _ bind: (any SQLParameters) -> Void) throws -> Int {
        try run(sql, bind)
        return Int(sqlite3_changes(connection))
    }

    func insert(_ sql: String, _ bind: (any SQLParameters) -> Void) throws -> Int64? {
        try change(sql, bind) == 1 ? sqlite3_last_insert_rowid(connection) : nil
    }

    func each(_ sql: String, _ bind: (any SQLParameters) -> Void, _ read: (any SQLRow) throws -> Bool) throws {
        let statement = try prepared(sql)
        bind(statement)
        defer { sqlite3_reset(statement.pointer) }
        while try step(statement, sql), try read(statement) {}
    }

    func execute(_ script: String) throws { try SQLFailure.translating { try db.execute(sql: script) } }

    private func prepared(_ sql: String) throws -> SQLiteStatement {
        do { return SQLiteStatement(pointer: try db.cachedStatement(sql: sql).sqliteStatement) } catch {
            throw SQLFailure.translated(error)
        }
    }

    /// - Returns: whether there is a row.
    private func step(_ statement: SQLiteStatement, _ sql: String) throws -> Bool {
        switch sqlite3_step(statement.pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let code = ResultCode(rawValue: sqlite3_extended_errcode(connection))
            let message = sqlite3_errmsg(connection).map { String(cString: $0) }
            throw SQLFailure(DatabaseError(resultCode: code, message: message, sql: sql))
        }
    }

    // MARK: Transactions

    func begin(alone: Bool) throws { try SQLFailure.translating { try db.beginTransaction(.immediate) } }
    func commit() throws { try SQLFailure.translating { try db.commit() } }
    // When that fails too, SQLite undoes it when the file is next opened.
    func rollback() { try? db.rollback() }
    var isTransactionWhole: Bool { db.isInsideTransaction }
    var changeCount: Int { Int(sqlite3_total_changes(connection)) }

    func savepoint() throws { try execute("SAVEPOINT change") }
    func rollbackToSavepoint() throws { try execute("ROLLBACK TO change") }
    func releaseSavepoint() throws { try execute("RELEASE change") }

    // MARK: Numbers of rows

    /// Tables with AUTOINCREMENT have theirs in `sqlite_sequence`; the others go on behind their last row.
    func lastNumber(of table: String) throws -> Int64 {
        let kept = try one("SELECT seq FROM sqlite_sequence WHERE name = ?1") {
            $0.set(1, table)
        } _: {
            $0.int64(0)
        }
        return try kept ?? one("SELECT COALESCE(MAX(id), 0) FROM \(table)") { $0.int64(0) } ?? 0
    }

    func setLastNumber(_ number: Int64, of table: String) throws {
        let isLasting = try one("SELECT 1 FROM sqlite_master WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%'") {
            $0.set(1, table)
        } _: { _ in
            true
        }
        guard isLasting == true else { return }
        try run("DELETE FROM sqlite_sequence WHERE name = ?1") { $0.set(1, table) }
        try run("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)") {
            $0.set(1, table)
            $0.set(2, number)
        }
    }

    // MARK: Room

    func room() throws -> SQLRoom {
        func number(_ name: String) throws -> Int { try one("PRAGMA \(name)") { $0.int(0) } ?? 0 }
        return SQLRoom(
            freePages: try number("freelist_count"), pages: try number("page_count"), pageSize: try number("page_size"))
    }

    /// Moves them to the end of the file and cuts them off; it shrinks with the next checkpoint.
    func giveBack(pages: Int) throws { try execute("PRAGMA incremental_vacuum(\(pages))") }
}

/// A prepared statement: its parameters, and its current row.
struct SQLiteStatement: SQLParameters, SQLRow {
    let pointer: OpaquePointer

    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func set(_ index: Int, _ value: Int64) { sqlite3_bind_int64(pointer, Int32(index), value) }
    func set(_ index: Int, _ value: Double) { sqlite3_bind_double(pointer, Int32(index), value) }
    func setNull(_ index: Int) { sqlite3_bind_null(pointer, Int32(index)) }

    func set(_ index: Int, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                // An empty buffer has no address, and SQLite takes that for NULL.
                _ =
                    text.isEmpty
                    ? sqlite3_bind_text(pointer, Int32(index), "", 0, Self.copied)
                    : sqlite3_bind_text(pointer, Int32(index), text.baseAddress, Int32(text.count), Self.copied)
            }
        }
    }

    func set(_ index: Int, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in
            _ =
                bytes.isEmpty
                ? sqlite3_bind_zeroblob(pointer, Int32(index), 0)
                : sqlite3_bind_blob64(pointer, Int32(index), bytes.baseAddress, UInt64(bytes.count), Self.copied)
        }
    }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(pointer, Int32(column)) == SQLITE_NULL }
    func int64(_ column: Int) -> Int64 { sqlite3_column_int64(pointer, Int32(column)) }
    func double(_ column: Int) -> Double { sqlite3_column_double(pointer, Int32(column)) }

    func rawBytes(_ column: Int) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(pointer, Int32(column))
        return UnsafeRawBufferPointer(
            start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(pointer, Int32(column))))
    }
}
