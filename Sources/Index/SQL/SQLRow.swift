package import LarderModel

/// The current row of a query; columns count from 0. Valid until the closure that it is given to returns.
package protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    func int64(_ column: Int) -> Int64
    func double(_ column: Int) -> Double
    /// The bytes of a text or a blob, in the engine's own memory; empty for NULL.
    func rawBytes(_ column: Int) -> UnsafeRawBufferPointer
}

extension SQLRow {
    package func int(_ column: Int) -> Int { Int(int64(column)) }
    package func bytes(_ column: Int) -> [UInt8] { Array(rawBytes(column)) }
    package func string(_ column: Int) -> String { String(decoding: rawBytes(column), as: UTF8.self) }
    package func timestamp(_ column: Int) -> Timestamp { Timestamp(milliseconds: int64(column)) }

    package func int64IfAny(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }
    package func doubleIfAny(_ column: Int) -> Double? { isNull(column) ? nil : double(column) }
    package func bytesIfAny(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
    package func stringIfAny(_ column: Int) -> String? { isNull(column) ? nil : string(column) }
    package func timestampIfAny(_ column: Int) -> Timestamp? { isNull(column) ? nil : timestamp(column) }
}

/// What the index keeps in a column of its own form.
extension SQLRow {
    func digest(_ column: Int) throws -> Digest {
        guard let digest = Digest(rawBytes(column)) else { throw IndexDamage(what: "a digest of the wrong length") }
        return digest
    }

    func etag(_ column: Int) throws -> ETag {
        guard let etag = ETag(rawBytes(column)) else { throw IndexDamage(what: "an ETag of the wrong length") }
        return etag
    }

    func encoding(_ column: Int) throws -> Encoding {
        guard let encoding = Encoding(rawValue: int(column)) else { throw IndexDamage(what: "an unknown encoding") }
        return encoding
    }
}
