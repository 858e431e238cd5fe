import Foundation
import IndexOnSQLite
import LarderModel
import Testing

@testable import Index

@Suite("Migration")
struct MigrationTests {
    private static let first = Array(Schema.migrations.prefix(1))

    /// Opens an index as one of these migrations leaves it, or makes it.
    private func change<R>(
        _ path: String, _ migrations: [SQLMigration], _ body: (any SQLSession) throws -> R
    ) throws -> R {
        let database = try SQLiteEngine(path: path).open(migrations)
        defer { database.close() }
        return try database.write(body)
    }

    /// An index of the first version with an entry, made by its migration alone.
    private func makeFirst(_ path: String) throws {
        try change(path, Self.first) { session in
            try session.run("INSERT INTO stores (site, name, created_at, entries) VALUES ('default', ?1, 1, 1)") {
                $0.set(1, Array("runs".utf8))
            }
            try session.run(
                """
                INSERT INTO entries (store, key, placement, size, stored_size, encoding, digest, etag, content_type, metadata, created_at,
                    modified_at) VALUES (1, ?1, 0, 0, 0, 0, zeroblob(32), zeroblob(16), 'text/plain', CAST('{}' AS BLOB), 1, 1)
                """
            ) { $0.set(1, Array("k".utf8)) }
        }
    }

    private struct Facts: Equatable {
        var migrations: [String]
        var tables: [String]
        var entries: Int
    }

    private func facts(_ path: String, _ migrations: [SQLMigration]) throws -> Facts {
        try change(path, migrations) { session in
            func texts(_ sql: String) throws -> [String] {
                var found: [String] = []
                try session.each(sql) { _ in
                } _: {
                    found.append($0.string(0))
                    return true
                }
                return found
            }
            return Facts(
                migrations: try texts("SELECT identifier FROM grdb_migrations ORDER BY rowid"),
                tables: try texts("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"),
                entries: try session.number("SELECT COUNT(*) FROM entries") ?? -1)
        }
    }

    @Test("One that fails half-way leaves the version before it, whole, and succeeds once nothing is in its way")
    func halfWay() async throws {
        try await withIndexPath { path in
            try makeFirst(path)
            // The last of the tables that the second migration makes.
            try change(path, Self.first) { try $0.execute("CREATE TABLE log_replies (a)") }
            let before = try facts(path, Self.first)
            #expect(before.migrations == ["1-entries"])
            #expect(throws: LarderError.self) { try EntryIndex(engine: SQLiteEngine(path: path)) }
            #expect(try facts(path, Self.first) == before)

            try change(path, Self.first) { try $0.execute("DROP TABLE log_replies") }
            try await withIndex(at: path) { index async throws in
                let entry = try await index.read { try $0.entry(try name("k")) }
                #expect(entry?.contentType == "text/plain")
            }
            #expect(try facts(path, Schema.migrations).migrations == Schema.migrations.map(\.name))
        }
    }

    @Test("An index of a newer version is refused, by the opening and by the look before it, which changes nothing")
    func newer() async throws {
        try await withIndexPath { path in
            try await withIndex(at: path) { _ in }
            try change(path, Schema.migrations + [SQLMigration("2100-of-the-future") { _ in "CREATE TABLE later (a)" }])
            { _ in }
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let look = #expect(throws: LarderError.self) { try EntryIndex.isThere(SQLiteEngine(path: path)) }
            #expect(look?.message.contains("newer larder") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            #expect(!["-wal", "-shm"].contains { FileManager.default.fileExists(atPath: path + $0) })
            let opening = #expect(throws: LarderError.self) { try EntryIndex(engine: SQLiteEngine(path: path)) }
            #expect(opening?.message.contains("newer larder") == true)
        }
    }

    @Test("A log of changes without the index that they belong to is refused, and kept", arguments: [nil, ""])
    func incomplete(_ content: String?) async throws {
        try await withIndexPath { path in
            if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
            try Data("changes".utf8).write(to: URL(fileURLWithPath: path + "-wal"))
            let look = #expect(throws: LarderError.self) { try EntryIndex.isThere(SQLiteEngine(path: path)) }
            #expect(look?.message.contains(path) == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + "-wal")) == Data("changes".utf8))
            #expect((try? Data(contentsOf: URL(fileURLWithPath: path))) == content.map { Data($0.utf8) })
        }
    }

    @Test(
        "The look lets pass what is there not, not yet, or no index at all",
        arguments: [(nil, false), ("", false), ("no database, and long enough for a header", true)])
    func passes(_ content: String?, isThere: Bool) async throws {
        try await withIndexPath { path in
            if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
            #expect(try EntryIndex.isThere(SQLiteEngine(path: path)) == isThere)
            #expect((try? Data(contentsOf: URL(fileURLWithPath: path))) == content.map { Data($0.utf8) })
        }
    }
}
