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
