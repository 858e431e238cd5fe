import BlobStore
import BlobStoreTestSupport
import Disk
import Foundation
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Synchronization
import Testing
import Hashing

extension Home {
    /// Runs `body` with the store open, and closes it.
    @discardableResult
    func open<R>(_ policies: [Policy] = [], watcher: (any EntryWatcher)? = nil, _ body: (BlobStore) async throws -> R)
        async throws -> R
    {
        try await open(policies: try PolicyBook(policies)) { store in
            if let watcher { store.watch(with: watcher) }
            return try await body(store)
        }
    }

    func objectFiles() throws -> [String] {
        let path = directory.path + "/objects"
        return try FileSystem.list(path).flatMap { try FileSystem.list("\(path)/\($0)") }
    }

    func path(ofObject entry: Entry) -> String {
        let hex = entry.digest.hex
        return "\(directory.path)/objects/\(hex.prefix(2))/\(hex)\(entry.encoding == .gzip ? ".gz" : "")"
    }
}

/// Runs `body` with a store in a directory of its own.
func withStore<R>(_ policies: [Policy] = [], _ body: (BlobStore) async throws -> R) async throws -> R {
    try await Home.with { home in try await home.open(policies, body) }
}

extension BlobStore {
    /// Writes content that is at hand.
    @discardableResult
    func put(
        _ name: EntryName, _ content: [UInt8], type: String? = MediaType.json, metadata: Metadata = .none,
        expiry: Expiry = .never,
        conditions: Preconditions = .none
    ) async throws -> WriteResult {
        let writer = try beginWrite(
            WriteRequest(
                name: name, contentType: type, metadata: metadata, expiry: expiry, conditions: conditions,
                declaredSize: Int64(content.count)))
        do {
            for start in stride(from: 0, to: content.count, by: 256 << 10) {
                try await writer.append(ByteBuffer(bytes: content[start..<min(start + (256 << 10), content.count)]))
            }
            return try await writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
    }

    /// The whole plain content; nil when there is no entry.
    func get(_ name: EntryName) async throws -> [UInt8]? {
        guard let content = try await content(name) else { return nil }
        return try await content.collect(limit: .max)
    }
}

func name(_ key: String, store: String = "runs", site: SiteID = .default) throws -> EntryName {
    EntryName(site: site, store: try StoreName(store), key: try EntryKey(key))
}

/// A policy of one rule for all keys.
func policy(
    _ name: String, _ compression: Policy.Compression = .auto, maxSize: Int64 = 5_000_000_000,
    log: Policy.LogRule? = nil
) throws -> Policy {
    Policy(
        name: name, matches: [try Glob(name)], compression: compression,
        rules: [Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(maxSize), log: log)])
}

/// Text that packs well.
func text(_ count: Int) -> [UInt8] {
    let line = Array(#"{"agent":"director","status":"working","progress":37,"data":{"scene":4,"mood":"calm"}},"#.utf8)
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += line }
    return Array(bytes.prefix(count))
}

/// Bytes that nothing can pack.
func noise(_ count: Int) -> [UInt8] {
    var state: UInt64 = 7
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}

func digest(of bytes: [UInt8]) throws -> Digest { try #require(Digest(SHA256.hash(data: bytes))) }

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
