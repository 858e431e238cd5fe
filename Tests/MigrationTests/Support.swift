import BlobStore
import Disk
import Foundation
import IndexOnPostgres
import IndexOnSQLite
import LarderModel
import LarderTestSupport
import Objects
import ObjectsOnDisk
import PostgresTestSupport
import Testing

@testable import Index
@testable import Migration

/// The engines of a data directory.
let local = Engines(
    index: { SQLiteEngine(path: $0) },
    objects: { directory, pool throws(LarderError) in try ObjectsOnDisk(directory, pool: pool) },
    holdsObjects: { directory throws(LarderError) in try ObjectsOnDisk.holdsObjects(directory) })

/// The same with objects in a folder elsewhere.
func local(objectsIn folder: String) -> Engines {
    Engines(
        index: local.index,
        objects: { _, pool throws(LarderError) in try ObjectsOnDisk(folder: folder, isShared: false, pool: pool) },
        holdsObjects: local.holdsObjects)
}

func sqlite(_ folder: String) -> SQLiteEngine { SQLiteEngine(path: DataDirectory.indexPath(in: folder)) }

extension MigrationSource {
    init(folder: String, objects: Engines? = nil) {
        self.init(index: sqlite(folder), directory: folder, objects: objects)
    }
}

extension MigrationTarget {
    init(folder: String, objects: Engines? = nil) {
        self.init(index: sqlite(folder), directory: folder, objects: objects)
    }
}

@discardableResult
func migrate(
    _ source: MigrationSource, _ target: MigrationTarget,
    report: @escaping @Sendable (MigrationProgress) -> Void = { _ in }
) async throws -> MigrationResult {
    try await Migration.run(
        from: source, to: target, spareDirectory: "/nonexistent/spare", local: local, report: report)
}

/// Runs `body` with an index that nobody serves, on a thread that may block.
func offline<R: Sendable>(_ engine: any SQLEngine, _ body: @escaping @Sendable (OfflineIndex) throws -> R) async throws
    -> R
{
    try await blocking {
        let index = try OfflineIndex(engine)
        defer { index.close() }
        return try body(index)
    }
}

/// Runs `body` with an engine for an empty schema of PostgreSQL's.
func withPostgres<R>(_ body: (PostgresEngine) async throws -> R) async throws -> R {
    try await withSchema { server, schema in
        try await body(try PostgresEngine(url: server.url(schema: schema), acceptsUnsafe: true))
    }
}

extension OfflineIndex {
    /// All rows of all tables.
    func everything() throws -> [String: [CopiedRow]] {
        var found: [String: [CopiedRow]] = [:]
        for table in OfflineIndex.tables {
            found[table.name] = try rows(of: table, behind: nil, limit: .max, bytes: .max)
        }
        return found
    }
}

extension CopiedRow {
    /// A row with something in every column that tells it from every other row.
    /// - Parameter number: of the row.
    static func made(of table: SchemaTable, number: Int64, _ random: inout Seeded) throws -> CopiedRow {
        let values: [Value] = try table.columns.map { column in
            switch (table.name, column.name) {
            case (_, "id") where table.isNumbered: return .integer(number)
            case ("objects", "digest"):
                return .bytes(try #require(sha256(Array("\(number)".utf8))).bytes)
            case ("objects", "state"): return .integer(0)
            case ("objects", "encoding"): return .integer(number % 2)
            case ("objects", "place"): return .null
            default: break
            }
            switch column.kind {
            case .integer: return .integer(number % 3 == 0 ? number * 1_000_000_000_007 : number)
            case .real: return .real(Double(number) / 7)
            case .text: return .bytes(Array("\(number) \(random.text(0...8))".utf8))
            case .bytes:
                return .bytes([UInt8](withUnsafeBytes(of: number.bigEndian, Array.init)) + random.bytes(8...60))
            }
        }
        return CopiedRow(values: values)
    }
}
