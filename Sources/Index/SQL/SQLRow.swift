import GRDBSQLite
import LarderModel

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
    func text(_ column: Int32) -> String? { isNull(column) ? nil : string(column) }
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
