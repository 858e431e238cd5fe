import Disk
import IndexOnSQLite
import LarderModel
import LarderTestSupport
import PostgresTestSupport
import Testing

@testable import Index
@testable import Migration

@Suite("A migration is refused")
struct RefusalTests {
    private func refusal(_ source: MigrationSource, _ target: MigrationTarget) async throws -> String {
        let error = await #expect(throws: LarderError.self) { try await migrate(source, target) }
        return error?.message ?? ""
    }

    private func names(in folder: String) async throws -> [String] {
        try await blocking { try FileSystem.list(folder) }
    }

    private func make(_ folder: String) async throws {
        try await FileSystemFolders.make(folder)
        _ = try await offline(sqlite(folder)) { try $0.facts() }
    }

    @Test("without a source, and makes none")
    func noSource() async throws {
        try await TemporaryFolder.with { folder in
            let target = MigrationTarget(folder: folder + "/b")
            #expect(try await refusal(MigrationSource(folder: folder + "/a"), target).contains("no data directory"))
            #expect(try await names(in: folder).isEmpty)
            try await withPostgres { postgres async throws in
                let source = MigrationSource(index: postgres, directory: nil, objects: nil)
                #expect(try await refusal(source, target).contains("no index"))
                #expect(try await names(in: folder).isEmpty)
            }
        }
    }

    @Test("while a process holds the source or the target")
    func held() async throws {
        try await TemporaryFolder.with { folder in
            for name in ["a", "b"] { try await make("\(folder)/\(name)") }
            for name in ["a", "b"] {
                let held = try await blocking { try DataDirectory("\(folder)/\(name)") }
                let said = try await refusal(
                    MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b"))
                #expect(said.contains("\(folder)/\(name) is in use by another larder"))
                held.release()
            }
        }
    }

    @Test("into a folder that holds something, which stays as it is")
    func occupied() async throws {
        try await TemporaryFolder.with { folder in
            try await make(folder + "/a")
            let source = MigrationSource(folder: folder + "/a"), target = MigrationTarget(folder: folder + "/b")
            try await FileSystemFolders.make(folder + "/b/objects")
            #expect(try await refusal(source, target).contains("holds something"))
            #expect(try await names(in: folder + "/b") == ["objects"])
        }
    }

    @Test("into an index that holds something: rows, notes, or a whole copy of the same source")
    func occupiedIndex() async throws {
        try await TemporaryFolder.with { folder in
            for name in ["a", "rows", "notes"] { try await make("\(folder)/\(name)") }
            let table = try #require(OfflineIndex.tables.first { $0.name == "audit" })
            try await offline(sqlite(folder + "/rows")) { index in
                var random = Seeded(1)
                try index.insert([try CopiedRow.made(of: table, number: 1, &random)], into: table)
            }
            try await offline(sqlite(folder + "/notes")) { try $0.note(["x": [1]]) }
            let source = MigrationSource(folder: folder + "/a")
            try await migrate(source, MigrationTarget(folder: folder + "/copy"))
            for name in ["rows", "notes", "copy"] {
                let said = try await refusal(source, MigrationTarget(folder: "\(folder)/\(name)"))
                #expect(said.contains("holds an index already"), "\(name)")
            }
            try await withPostgres { postgres async throws in
                let target = MigrationTarget(index: postgres, directory: nil, objects: nil)
                try await migrate(source, target)
                #expect(try await refusal(source, target).contains("holds an index already"))
            }
        }
    }

    @Test("into another source's unfinished copy, and from one")
    func others() async throws {
        try await TemporaryFolder.with { folder in
            for name in ["a", "other"] { try await make("\(folder)/\(name)") }
            let half = MigrationTarget(folder: folder + "/b")
            let task = Task {
                try await migrate(MigrationSource(folder: folder + "/other"), half) { _ in
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            _ = await task.result
            #expect(
                try await refusal(MigrationSource(folder: folder + "/a"), half).contains("holds an index already"))
            let said = try await refusal(
                MigrationSource(folder: folder + "/b"), MigrationTarget(folder: folder + "/c"))
            #expect(said.contains("has not finished"))
        }
    }
}
