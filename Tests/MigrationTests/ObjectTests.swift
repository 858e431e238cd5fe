import Foundation
import BlobStore
import Disk
import IndexOnSQLite
import LarderModel
import LarderTestSupport
import Logging
import NIOCore
import Objects
import ObjectsOnDisk
import PostgresTestSupport
import Testing

@testable import Index
@testable import Migration

@Suite("The large content of a migration")
struct ObjectTests {
    private static let count = 6

    private static func content(_ number: Int) -> [UInt8] {
        number % 2 == 0 ? noise(60_000 + number, seed: UInt64(number + 10)) : text(90_000 + number)
    }

    private func withStore<R>(
        _ folder: String, _ engines: Engines = local, _ body: (BlobStore) async throws -> R
    ) async throws -> R {
        let pool = DiskPool()
        let blobs = try await blocking {
            let directory = try DataDirectory(folder)
            return try BlobStore(
                directory: directory, engine: engines.index(directory.indexPath),
                backend: engines.objects(directory, pool), pool: pool, policies: try PolicyBook([]),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
        let result: Result<R, any Error>
        do {
            try await blobs.settleObjects()
            result = .success(try await body(blobs))
        } catch { result = .failure(error) }
        // A thread that has just ended may hold the last reference for a moment: the lock is given back here.
        try await blocking {
            blobs.close()
            blobs.directory.release()
        }
        try await pool.shutDown()
        return try result.get()
    }

    private func name(_ number: Int) throws -> EntryName {
        EntryName(site: .default, store: try StoreName("things"), key: try EntryKey("k\(number)"))
    }

    /// Makes an installation with content in files.
    private func fill(_ folder: String) async throws {
        try await withStore(folder) { blobs in
            for number in 0..<Self.count {
                let content = Self.content(number)
                let writer = try blobs.beginWrite(
                    WriteRequest(
                        name: try name(number), contentType: MediaType.json, metadata: .none, expiry: .never,
                        conditions: .none, declaredSize: Int64(content.count)))
                try await writer.append(ByteBuffer(bytes: content))
                _ = try await writer.finish()
            }
        }
    }

    private func expectContents(_ folder: String, _ engines: Engines, except missing: Set<Int> = []) async throws {
        try await withStore(folder, engines) { blobs in
            for number in 0..<Self.count {
                let read: [UInt8]?
                do {
                    let content = try #require(try await blobs.content(try name(number)))
                    read = try await content.collect(limit: .max)
                } catch let error as LarderError where error.code == .corruptEntry { read = nil }
                #expect(read == (missing.contains(number) ? nil : Self.content(number)), "\(number)")
            }
        }
    }

    @Test("goes from the data directory into a folder elsewhere and back, and a migration that is broken off goes on")
    func elsewhereAndBack() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder + "/a")
            try await FileSystemFolders.make(folder + "/objects")
            let elsewhere = local(objectsIn: folder + "/objects")
            let left = Countdown(3)
            let task = Task {
                try await migrate(
                    MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b", objects: elsewhere)
                ) { _ in if left.isOver() { withUnsafeCurrentTask { $0?.cancel() } } }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            // Only with the same place.
            let other = await #expect(throws: LarderError.self) {
                try await migrate(MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b"))
            }
            #expect(other?.message.contains("--objects") == true)
            let result = try await migrate(
                MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b", objects: elsewhere))
            #expect(result.isResumed && result.objects == Int64(Self.count) && result.damaged.isEmpty)
            try await expectContents(folder + "/b", elsewhere)

            let untold = await #expect(throws: LarderError.self) {
                try await migrate(MigrationSource(folder: folder + "/b"), MigrationTarget(folder: folder + "/c"))
            }
            #expect(untold?.message.contains("--from-objects") == true)
            try await migrate(
                MigrationSource(folder: folder + "/b", objects: elsewhere), MigrationTarget(folder: folder + "/c"))
            try await expectContents(folder + "/c", local)
            try await expectContents(folder + "/a", local)

            let mistaken = MigrationSource(
                index: sqlite(folder + "/a"), directory: folder + "/a", objects: elsewhere, areObjectsNamed: true)
            let said = await #expect(throws: LarderError.self) {
                try await migrate(mistaken, MigrationTarget(folder: folder + "/d"))
            }
            #expect(said?.message.contains("leave --from-objects out") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/d"))
        }
    }

    @Test("that is damaged or missing is named, is missing there too, and hinders nothing else")
    func damaged() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder + "/a")
            let digests = try (0..<Self.count).map { try #require(sha256(Self.content($0))) }
            let path = { @Sendable (number: Int) in
                let hex = digests[number].hex
                return "\(folder)/a/objects/\(hex.prefix(2))/\(hex)\(number % 2 == 0 ? "" : ".gz")"
            }
            try await blocking {
                try FileSystem.remove(path(0))
                try FileSystem.writeFile(path(1), Array("nonsense".utf8))
            }
            let result = try await migrate(
                MigrationSource(folder: folder + "/a"), MigrationTarget(folder: folder + "/b"))
            #expect(Set(result.damaged) == [digests[0].hex, digests[1].hex])
            #expect(result.objects == Int64(Self.count - 2))
            try await expectContents(folder + "/b", local, except: [0, 1])
        }
    }

    @Test("is asked for a place when the target has none")
    func nowhere() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder + "/a")
            try await withPostgres { postgres async throws in
                let refusal = await #expect(throws: LarderError.self) {
                    try await migrate(
                        MigrationSource(folder: folder + "/a"),
                        MigrationTarget(index: postgres, directory: nil, objects: nil))
                }
                #expect(refusal?.message.contains("--objects") == true)
            }
        }
    }
}
