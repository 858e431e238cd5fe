import BlobStore
import BlobStoreTestSupport
import Disk
import Foundation
import Index
import IndexOnSQLite
import LarderModel
import LarderTestSupport
import Migration
import NIOCore
import ObjectsOnDisk
import SnapshotRepository

@testable import Snapshots

/// A blob store, and a repository of snapshots beside it, in folders of their own.
struct Bench: Sendable {
    let folder: String
    let blobs: BlobStore
    let clock: ManualClock
    let pool: DiskPool

    /// The moment at which each begins.
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let local = Engines(
        index: { SQLiteEngine(path: $0) },
        objects: { directory, pool throws(LarderError) in
            try ObjectsOnDisk(directory, pool: pool)
        },
        holdsObjects: { directory throws(LarderError) in try ObjectsOnDisk.holdsObjects(directory) })

    static func with<R>(_ body: (Bench) async throws -> R) async throws -> R {
        try await TemporaryFolder.with { folder in
            try await Home.with(clock: ManualClock(start)) { home in
                try await home.open(policies: try PolicyBook([]), minFree: ByteCount(0)) { blobs in
                    let pool = DiskPool()
                    let result: Result<R, any Error>
                    do {
                        result = .success(
                            try await body(Bench(folder: folder, blobs: blobs, clock: home.clock, pool: pool)))
                    } catch { result = .failure(error) }
                    try await pool.shutDown()
                    return try result.get()
                }
            }
        }
    }

    func repository(_ name: String = "repository") async throws -> Repository {
        try await Repository.openOrCreate(
            RepositoryInFolder(folder + "/" + name, pool: pool), key: nil, now: clock.clock.now())
    }

    func put(_ store: String, _ key: [UInt8], _ content: [UInt8], site: SiteID = .default) async throws {
        var request = WriteRequest(
            name: EntryName(site: site, store: try StoreName(store), key: try EntryKey(bytes: key)))
        request.contentType = MediaType.json
        let writer = try blobs.beginWrite(request)
        try await writer.append(ByteBuffer(bytes: content))
        _ = try await writer.finish()
    }

    func put(_ store: String, _ key: String, _ content: [UInt8]) async throws {
        try await put(store, Array(key.utf8), content)
    }

    func delete(_ store: String, _ key: String) async throws {
        let name = EntryName(site: .default, store: try StoreName(store), key: try EntryKey(key))
        _ = try await blobs.change { try $0.delete(name) }
    }

    /// Content for all ways in which it is kept: in the index, plain and compressed, and in files.
    func fill() async throws {
        for number in 0..<40 { try await put("small", "k\(number)", Array("{\"number\":\(number)}".utf8)) }
        try await put("small", [0xFF, 0x2F, 0x00], Array("a key that is no text".utf8))
        try await put("large", "noise", noise(200_000, seed: 1))
        try await put("large", "text", text(300_000))
        try await put("large", "text again", text(300_000))
        try await put("small", "compressed", text(20_000))
        try await put("empty", "nothing", [])
    }

    /// Makes a snapshot of all, or of some stores.
    @discardableResult
    func back(
        up stores: [String]? = nil, to repository: Repository, hasSecrets: Bool = false
    ) async throws -> SnapshotOutcome {
        var maker = try await SnapshotMaker(
            SnapshotOrder(
                stores: try stores?.map { try Glob($0) }, site: nil, hasSecrets: hasSecrets, version: "test"),
            of: blobs, in: repository)
        while try await maker.carry() {}
        try await maker.finish()
        return maker.outcome
    }

    /// Restores a snapshot into a folder, and compares it with what the repository holds.
    @discardableResult
    func restore(
        _ snapshot: String, from repository: Repository, into name: String, skipsDamaged: Bool = false
    ) async throws -> RestoreResult {
        let path = folder + "/" + name
        let target = MigrationTarget(
            index: SQLiteEngine(path: DataDirectory.indexPath(in: path)), directory: path, objects: nil)
        return try await SnapshotRestore(
            snapshot, from: repository, to: target, local: Self.local, directory: path,
            skipsDamaged: skipsDamaged
        ) { _ in }.run(compares: true)
    }

    /// Runs `body` with what was restored, open.
    func opened<R>(_ name: String, _ body: (BlobStore) async throws -> R) async throws -> R {
        let home = Home(try DataDirectory(folder + "/" + name), clock)
        defer { home.directory.release() }
        return try await home.open(policies: try PolicyBook([]), minFree: ByteCount(0), body)
    }

    func files(_ path: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: folder + "/" + path)?.allObjects ?? []
        return found.compactMap { $0 as? String }.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(folder)/\(path)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
}

extension BlobStore {
    /// What an entry holds; nil when there is none.
    func read(_ store: String, _ key: [UInt8]) async throws -> [UInt8]? {
        let name = EntryName(site: .default, store: try StoreName(store), key: try EntryKey(bytes: key))
        return try await content(name)?.collect(limit: .max)
    }

    func read(_ store: String, _ key: String) async throws -> [UInt8]? { try await read(store, Array(key.utf8)) }
}
