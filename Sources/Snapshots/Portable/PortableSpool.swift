import Disk
import Index
import LarderModel

/// The rows of an export as they are read from the index, in one transaction, on a thread that may block. They are
/// written out when that is over, so that a slow client keeps no transaction open.
struct PortableSpool: Sendable {
    /// By the number of a row's store; in the order in which they were made.
    private(set) var stores: [(id: Int64, store: PortableStore)] = []
    let objects, entries, logs, events: PortableRows

    /// - Parameter folder: on a disk with room for all rows.
    init(_ chosen: [StoreHandle], from reader: IndexReader, in folder: String) throws {
        let scope = SnapshotScope(stores: chosen.map(\.id), hasSecrets: false, hasVersions: false)
        func spool(_ table: PortableTable) throws -> PortableRows {
            guard let schema = scope.tables.first(where: { $0.name == table.rawValue }) else {
                throw LarderError(.internalError, "The index has no table \(table.rawValue).")
            }
            return try PortableRows(schema, in: folder)
        }
        objects = try spool(.objects)
        entries = try spool(.entries)
        logs = try spool(.logs)
        events = try spool(.events)
        for rows in [objects, entries, logs, events] { try rows.fill(from: reader) }
        let schema = scope.tables.first { $0.name == PortableTable.stores.rawValue }
        guard let schema else { return }
        let columns = PortableColumns(table: schema)
        try reader.eachRow(of: schema) { row in
            stores.append(
                (
                    try columns.needed(columns.integer(row, "id"), "id"),
                    PortableStore(
                        name: try columns.needed(columns.bytes(row, "name"), "name"),
                        createdAt: try columns.needed(columns.integer(row, "created_at"), "created_at"))
                ))
        }
    }
}

/// Rows of a table in a file, read back from front to back.
struct PortableRows: Sendable {
    let columns: PortableColumns
    private let file: ScratchFile

    init(_ table: SchemaTable, in folder: String) throws {
        columns = PortableColumns(table: table)
        file = try ScratchFile(in: folder)
    }

    fileprivate func fill(from reader: IndexReader) throws {
        var line: [UInt8] = []
        try reader.eachRow(of: columns.table) { row in
            line.removeAll(keepingCapacity: true)
            RowText.append(row, to: &line)
            line.append(UInt8(ascii: "\n"))
            try file.append(line)
        }
    }

    /// Where to read on.
    struct Place: Sendable {
        fileprivate var offset: Int64 = 0
        /// Read, and not given out yet.
        fileprivate var pending: ArraySlice<UInt8> = []
    }

    private static let pieceSize = 256 << 10

    /// The next row; nil at the end.
    func next(_ place: inout Place, _ pool: DiskPool) async throws -> CopiedRow? {
        var searched = place.pending.startIndex
        while true {
            if let end = place.pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = place.pending[..<end]
                place.pending = place.pending[(end + 1)...]
                guard let row = RowText.row(line, columns.table.columns) else {
                    throw LarderError(.internalError, "What was set aside for the export can't be read.")
                }
                return row
            }
            let offset = place.offset
            let more = try await pool.run { [file] in try file.read(at: offset, count: Self.pieceSize) }
            guard !more.isEmpty else { return nil }
            let known = place.pending.count
            place.pending = ArraySlice(Array(place.pending) + more)
            searched = known
            place.offset += Int64(more.count)
        }
    }
}
