import Foundation
import Index
import IndexOnSQLite
import LarderModel
import Testing
import Hashing

/// Runs `body` with a path for an index in a folder of its own, which is removed whatever happens.
func withIndexPath<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/larder-index-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder + "/index.sqlite")
}

/// Runs `body` with an index, which is closed whatever happens.
func withIndex<R>(at path: String, _ body: (EntryIndex) async throws -> R) async throws -> R {
    let index = try EntryIndex(engine: SQLiteEngine(path: path))
    let result: Result<R, any Error>
    do { result = .success(try await body(index)) } catch { result = .failure(error) }
    // Closing blocks: it gets a thread that may.
    await withCheckedContinuation { closed in
        DispatchQueue.global().async {
            index.close()
            closed.resume()
        }
    }
    return try result.get()
}

func withIndex<R>(_ body: (EntryIndex) async throws -> R) async throws -> R {
    try await withIndexPath { path async throws in try await withIndex(at: path, body) }
}

func name(_ key: String) throws -> EntryName {
    EntryName(site: .default, store: try StoreName("runs"), key: try EntryKey(key))
}

func name(_ key: [UInt8]) throws -> EntryName {
    EntryName(site: .default, store: try StoreName("runs"), key: try EntryKey(bytes: key))
}

extension IndexTransaction {
    /// Writes small content.
    @discardableResult
    func put(_ name: EntryName, _ content: [UInt8]) throws -> PutResult {
        let digest = try #require(Digest(SHA256.hash(data: content)))
        let object = Object(
            digest: digest, size: Int64(content.count), storedSize: Int64(content.count), encoding: .identity,
            inline: content
        ) { _, _ in nil }
        let draft = Draft(
            contentType: MediaType.json, metadata: .none, etag: try #require(ETag(digest.bytes)), expiry: .never,
            conditions: .none)
        return try put(name, draft, object)
    }
}

extension SQLSession {
    func text(_ sql: String) throws -> String? { try one(sql) { $0.string(0) } }
    func number(_ sql: String) throws -> Int? { try one(sql) { $0.int(0) } }
}
