import CPostgres
import Index

/// An answer of the server's, in libpq's memory, which goes with this.
final class PostgresResult {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { larder_pq_clear(pointer) }

    var status: ExecStatusType { larder_pq_resultStatus(pointer) }
    var rowCount: Int { Int(larder_pq_ntuples(pointer)) }

    /// What was done, such as `COMMIT` or `INSERT 0 1`.
    var tag: String { larder_pq_cmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// Rows that the statement inserted, changed or deleted.
    var changedRows: Int {
        guard ["INSERT", "UPDATE", "DELETE"].contains(where: { tag.hasPrefix($0) }) else { return 0 }
        return larder_pq_cmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// Bytes of all values.
    var byteCount: Int {
        let columns = larder_pq_nfields(pointer)
        return (0..<larder_pq_ntuples(pointer)).reduce(0) { sum, row in
            (0..<columns).reduce(sum) { $0 + Int(larder_pq_getlength(pointer, row, $1)) }
        }
    }

    /// Types of the parameters of a statement that was described.
    var parameterTypes: [Oid] { (0..<larder_pq_nparams(pointer)).map { larder_pq_paramtype(pointer, $0) } }

    /// - Throws: ``SQLFailure`` when a column has a type that ``PostgresRow`` can't read.
    func checkColumns() throws(SQLFailure) {
        for column in 0..<larder_pq_nfields(pointer) {
            let type = larder_pq_ftype(pointer, column)
            guard PostgresType.readable.contains(type) else {
                throw SQLFailure(.other, "column \(column) of a query has a type that is not read here: \(type)")
            }
        }
    }
}

/// Numbers of PostgreSQL's types.
enum PostgresType {
    static let bool: Oid = 16, bytes: Oid = 17, name: Oid = 19, int64: Oid = 20, int16: Oid = 21, int32: Oid = 23
    static let text: Oid = 25, double: Oid = 701, varchar: Oid = 1043

    static let readable: Set<Oid> = [bool, bytes, name, int64, int16, int32, text, double, varchar]
}

/// A row of an answer in binary form.
struct PostgresRow: SQLRow {
    let result: PostgresResult
    let row: Int32

    func isNull(_ column: Int) -> Bool { larder_pq_getisnull(result.pointer, row, Int32(column)) == 1 }

    func rawBytes(_ column: Int) -> UnsafeRawBufferPointer {
        guard !isNull(column) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(
            start: larder_pq_getvalue(result.pointer, row, Int32(column)),
            count: Int(larder_pq_getlength(result.pointer, row, Int32(column))))
    }

    /// Big-endian, in as many bytes as the type has; 0 for NULL.
    func int64(_ column: Int) -> Int64 {
        let bytes = rawBytes(column)
        var value: Int64 = (bytes.first ?? 0) & 0x80 == 0 ? 0 : -1
        for byte in bytes { value = value << 8 | Int64(byte) }
        return value
    }

    func double(_ column: Int) -> Double {
        guard larder_pq_ftype(result.pointer, Int32(column)) == PostgresType.double else {
            return Double(int64(column))
        }
        return Double(bitPattern: UInt64(bitPattern: int64(column)))
    }
}
