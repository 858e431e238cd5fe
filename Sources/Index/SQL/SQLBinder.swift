import GRDBSQLite
import LarderModel

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
