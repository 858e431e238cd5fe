import GRDB
import GRDBSQLite
import LarderModel

/// GRDB's cached statements, bound and read through SQLite's own calls: one copy of a key or content, no boxed values.
/// GRDB keeps the connections, the statement cache, transactions and migrations.
extension Database {
    /// Runs a statement that gives no rows.
    func run(_ sql: String, _ bind: (Binder) -> Void = { _ in }) throws {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        bind(Binder(statement: statement))
        defer { sqlite3_reset(statement) }
        var code = sqlite3_step(statement)
        while code == SQLITE_ROW { code = sqlite3_step(statement) }
        guard code == SQLITE_DONE else { throw failure(code, sql) }
    }

    /// The first row of a query, nil when it gives none.
    func one<T>(_ sql: String, _ bind: (Binder) -> Void, _ read: (Row) throws -> T) throws -> T? {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        bind(Binder(statement: statement))
        defer { sqlite3_reset(statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return try read(Row(statement: statement))
        case SQLITE_DONE: return nil
        case let code: throw failure(code, sql)
        }
    }

    /// Every row of a query until `read` returns false.
    func each(_ sql: String, _ bind: (Binder) -> Void, _ read: (Row) throws -> Bool) throws {
        let statement = try cachedStatement(sql: sql).sqliteStatement
        bind(Binder(statement: statement))
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: if try !read(Row(statement: statement)) { return }
            case SQLITE_DONE: return
            case let code: throw failure(code, sql)
            }
        }
    }

    private func failure(_ code: Int32, _ sql: String) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(sqliteConnection)),
            message: sqlite3_errmsg(sqliteConnection).map { String(cString: $0) }, sql: sql)
    }
}

extension Database {
    typealias Binder = SQLBinder
    typealias Row = SQLRow
}

/// Binds the parameters of one statement, numbered from 1. Binding copies.
struct SQLBinder {
    let statement: OpaquePointer

    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func set(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(statement, index, value) }
    func set(_ index: Int32, _ value: Int) { sqlite3_bind_int64(statement, index, Int64(value)) }
    func set(_ index: Int32, _ value: Int64?) {
        if let value { set(index, value) } else { sqlite3_bind_null(statement, index) }
    }
    func set(_ index: Int32, _ value: Timestamp) { sqlite3_bind_int64(statement, index, value.milliseconds) }
    func set(_ index: Int32, _ value: Timestamp?) {
        if let value { set(index, value) } else { sqlite3_bind_null(statement, index) }
    }
    func set(_ index: Int32, _ value: String) {
        var value = value
        value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                // An empty buffer has no address, and SQLite takes that for NULL.
                _ =
                    text.isEmpty
                    ? sqlite3_bind_text(statement, index, "", 0, Self.copied)
                    : sqlite3_bind_text(statement, index, text.baseAddress, Int32(text.count), Self.copied)
            }
        }
    }
    func set(_ index: Int32, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in
            _ =
                bytes.isEmpty
                ? sqlite3_bind_zeroblob(statement, index, 0)
                : sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), Self.copied)
        }
    }
    func set(_ index: Int32, _ value: Double?) {
        if let value { sqlite3_bind_double(statement, index, value) } else { sqlite3_bind_null(statement, index) }
    }
    func set(_ index: Int32, _ value: String?) {
        if let value { set(index, value) } else { sqlite3_bind_null(statement, index) }
    }
    func set(_ index: Int32, _ value: [UInt8]?) {
        if let value { set(index, value) } else { sqlite3_bind_null(statement, index) }
    }
    func set(_ index: Int32, _ value: Digest) { set(index, value.bytes) }
    func set(_ index: Int32, _ value: ETag) { set(index, value.bytes) }
}

/// The current row of a query; columns count from 0.
struct SQLRow {
    let statement: OpaquePointer

    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func int64IfAny(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }
    func double(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }
    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func timestamp(_ column: Int32) -> Timestamp { Timestamp(milliseconds: int64(column)) }
    func timestampIfAny(_ column: Int32) -> Timestamp? { isNull(column) ? nil : timestamp(column) }
    func string(_ column: Int32) -> String { String(decoding: rawBytes(column), as: UTF8.self) }
    func bytes(_ column: Int32) -> [UInt8] { Array(rawBytes(column)) }

    /// The column's bytes, valid until the next step.
    func rawBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(
            start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }

    func digest(_ column: Int32) throws -> Digest {
        guard let digest = Digest(rawBytes(column)) else { throw IndexDamage(what: "a digest of the wrong length") }
        return digest
    }
    func etag(_ column: Int32) throws -> ETag {
        guard let etag = ETag(rawBytes(column)) else { throw IndexDamage(what: "an ETag of the wrong length") }
        return etag
    }
    func encoding(_ column: Int32) throws -> Encoding {
        guard let encoding = Encoding(rawValue: int(column)) else { throw IndexDamage(what: "an unknown encoding") }
        return encoding
    }
}

/// The index holds something that no version of Larder writes.
struct IndexDamage: Error, CustomStringConvertible {
    let what: String
    var description: String { "the index is damaged: \(what)" }
}
