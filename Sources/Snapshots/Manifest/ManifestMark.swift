import Foundation
import Index

/// A line of a manifest that is no row and not the first: an object with one of these.
struct ManifestMark: Codable {
    /// Rows of this table follow; each column is `[name, kind]`.
    var table: String?
    var columns: [[String]]?
    /// A policy file, and what it says.
    var policy: String?
    var text: String?
    /// A secret, by its name in the index, and what it is.
    var secret: String?
    var value: String?
    /// The last numbers given, by table, and the last position.
    var numbers: [String: Int64]?
    var position: Int64?
    var store: StoreDigest?
    /// The last line.
    var end: End?

    struct End: Codable {
        /// Rows of all tables.
        var rows: Int64
        /// SHA-256 of all lines before it, their ends included.
        var sha256: String
    }

    init() {}

    init(_ table: SchemaTable) {
        self.table = table.name
        columns = table.columns.map { [$0.name, $0.kind.rawValue] }
    }

    /// The table that it begins; nil: none.
    var schemaTable: SchemaTable? {
        guard let table, let columns else { return nil }
        let read = columns.compactMap { column -> SchemaTable.Column? in
            guard column.count == 2, let kind = SchemaTable.Kind(rawValue: column[1]) else { return nil }
            return SchemaTable.Column(name: column[0], kind: kind)
        }
        return read.count == columns.count ? SchemaTable(table, columns: read) : nil
    }

    /// As a line, without its end.
    var line: [UInt8] { get throws { try Self.line(of: self) } }

    static func line(of value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ line: ArraySlice<UInt8>) -> Value? {
        try? JSONDecoder().decode(type, from: Data(line))
    }
}
