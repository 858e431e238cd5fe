import Foundation
import GRDB
import LarderModel
import Testing

@testable import Index

@Suite("Migration")
struct MigrationTests {
    /// An index of the first version with an entry, made by its migration alone.
    private func makeFirst(_ path: String) throws {
        let pool = try DatabasePool(path: path)
        try Schema.migrator.migrate(pool, upTo: "1-entries")
        try pool.write { db in
            try db.execute(
                sql: "INSERT INTO stores (site, name, created_at, entries) VALUES ('default', ?, 1, 1)",
                arguments: [Data("runs".utf8)])
            try db.execute(
                sql: """
                    INSERT INTO entries (store, key, placement, size, stored_size, encoding, digest, etag, content_type, metadata, created_at,
                        modified_at) VALUES (1, ?, 0, 0, 0, 0, zeroblob(32), zeroblob(16), 'text/plain', CAST('{}' AS BLOB), 1, 1)
                    """, arguments: [Data("k".utf8)])
        }
        try pool.close()
    }

    private struct Facts: Equatable {
        var migrations: [String]
        var tables: [String]
        var entries: Int
    }

    private func facts(_ path: String) throws -> Facts {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in
            Facts(
                migrations: try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid"),
                tables: try String.fetchAll(
                    db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"),
                entries: try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM entries") ?? -1)
        }
    }

    @Test("One that fails half-way leaves the version before it, whole, and succeeds once nothing is in its way")
    func halfWay() async throws {
        try await withIndexPath { path in
            try makeFirst(path)
            // The last of the tables that the second migration makes.
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "CREATE TABLE log_replies (a)") }
            try queue.close()
            let before = try facts(path)
            #expect(before.migrations == ["1-entries"])
            #expect(throws: LarderError.self) { try EntryIndex(path: path) }
            #expect(try facts(path) == before)

            let again = try DatabaseQueue(path: path)
            try await again.write { try $0.execute(sql: "DROP TABLE log_replies") }
            try again.close()
            try await withIndex(at: path) { index async throws in
                let entry = try await index.read { try $0.entry(try name("k")) }
                #expect(entry?.contentType == "text/plain")
            }
            #expect(try facts(path).migrations == Schema.migrator.migrations)
        }
    }

    @Test("An index of a newer version is refused, by the opening and by the look before it, which changes nothing")
    func newer() async throws {
        try await withIndexPath { path in
            try await withIndex(at: path) { _ in }
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2100-of-the-future')") }
            try queue.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let look = #expect(throws: LarderError.self) { try EntryIndex.checkVersion(path: path) }
            #expect(look?.message.contains("newer larder") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            #expect(!["-wal", "-shm"].contains { FileManager.default.fileExists(atPath: path + $0) })
            let opening = #expect(throws: LarderError.self) { try EntryIndex(path: path) }
            #expect(opening?.message.contains("newer larder") == true)
        }
    }

    @Test(
        "The look lets pass what is there not, not yet, or no index at all",
        arguments: [nil, "", "no database, and long enough for a header"])
    func passes(_ content: String?) async throws {
        try await withIndexPath { path in
            if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
            try EntryIndex.checkVersion(path: path)
            #expect((try? Data(contentsOf: URL(fileURLWithPath: path))) == content.map { Data($0.utf8) })
        }
    }
}
