import LarderModel

/// A row as it is copied, with the values of its table's columns in their order.
package struct CopiedRow: Sendable, Hashable {
    package enum Value: Sendable, Hashable {
        case null
        case integer(Int64)
        case real(Double)
        /// Of a text or of bytes.
        case bytes([UInt8])
    }

    /// In the order of its table's columns.
    package internal(set) var values: [Value]

    /// Bytes of its values, about.
    package var byteCount: Int {
        values.reduce(0) { sum, value in if case .bytes(let bytes) = value { sum + bytes.count } else { sum + 8 } }
    }

    /// Another value in a column of the table `table`.
    package func setting(_ column: String, of table: SchemaTable, to value: Value) -> CopiedRow {
        var row = self
        if let index = table.index(of: column) { row.values[index] = value }
        return row
    }

    package init(values: [Value]) { self.values = values }

    init(_ row: any SQLRow, of table: SchemaTable) throws {
        values = try table.columns.enumerated().map { index, column in
            guard !row.isNull(index) else { return .null }
            switch column.kind {
            case .integer: return .integer(row.int64(index))
            case .real: return .real(row.double(index))
            case .bytes: return .bytes(row.bytes(index))
            case .text:
                let bytes = row.bytes(index)
                guard String(validating: bytes, as: UTF8.self) != nil else {
                    throw IndexDamage(what: "\(table.name).\(column.name) holds what is no text")
                }
                return .bytes(bytes)
            }
        }
    }
}

extension SQLParameters {
    func set(_ index: Int, _ value: CopiedRow.Value, _ kind: SchemaTable.Kind) {
        switch value {
        case .null: setNull(index)
        case .integer(let number): set(index, number)
        case .real(let number): set(index, number)
        case .bytes(let bytes):
            if kind == .text { set(index, String(decoding: bytes, as: UTF8.self)) } else { set(index, bytes) }
        }
    }
}

extension CopiedRow {
    /// A row of the objects, as what keeps objects knows it.
    /// - Throws: when it is none.
    package func object() throws -> KeptObject {
        let table = Schema.objects
        func value(_ name: String) -> Value { table.index(of: name).map { values[$0] } ?? .null }
        guard case .integer(let id) = value("id"), case .bytes(let digest) = value("digest"),
            let digest = Digest(digest), case .integer(let encoding) = value("encoding"),
            let encoding = Encoding(rawValue: Int(encoding)), case .integer(let size) = value("size"),
            case .integer(let storedSize) = value("stored_size")
        else { throw IndexDamage(what: "a row of objects is none") }
        var content: [UInt8]?, place: [UInt8] = []
        if case .bytes(let bytes) = value("data") { content = bytes }
        if case .bytes(let bytes) = value("place") { place = bytes }
        return KeptObject(
            id: id, digest: digest, encoding: encoding, size: size, storedSize: storedSize, content: content,
            place: place)
    }
}
