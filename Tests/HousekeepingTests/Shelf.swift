import BlobStore
import BlobStoreTestSupport
import Foundation
import Housekeeping
import Index
import LarderModel
import LarderTestSupport
import Logging
import NIOCore

/// A blob store in a folder of its own, on a clock that stands still unless moved.
final class Shelf: Sendable {
    let store: BlobStore
    private let clock: ManualClock

    /// The same moment for every test.
    static let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// Policies as `name: keep`; nil keeps for ever.
    static func with<R>(_ policies: [(String, Duration?)] = [], _ body: (Shelf) async throws -> R) async throws -> R {
        try await with(rules: policies.map { ($0, keep: $1, versions: nil) }, body)
    }

    /// The same with versions.
    static func with<R>(
        rules: [(String, keep: Duration?, versions: KeptVersions?)], _ body: (Shelf) async throws -> R
    ) async throws -> R {
        let book = try PolicyBook(
            rules.map { name, keep, versions in
                Policy(
                    name: name, matches: [try Glob(name)],
                    rules: [
                        Policy.Rule(
                            keys: try Glob("**"), maxSize: ByteCount(1 << 30), keep: keep, versions: versions)
                    ])
            })
        return try await Home.with(clock: ManualClock(start)) { home in
            try await home.open(policies: book, minFree: ByteCount(0)) { try await body(Shelf($0, home.clock)) }
        }
    }

    private init(_ store: BlobStore, _ clock: ManualClock) {
        self.store = store
        self.clock = clock
    }

    func advance(_ duration: Duration) { clock.advance(by: duration) }

    func name(_ store: String, _ key: String) throws -> EntryName {
        EntryName(site: .default, store: try StoreName(store), key: try EntryKey(key))
    }

    @discardableResult
    func put(_ store: String, _ key: String, _ content: [UInt8] = [1], ttl: Duration? = nil) async throws -> Entry {
        var request = WriteRequest(name: try name(store, key))
        if let ttl { request.expiry = .after(ttl) }
        let writer = try self.store.beginWrite(request)
        try await writer.append(ByteBuffer(bytes: content))
        return try await writer.finish().entry
    }

    func has(_ store: String, _ key: String) async throws -> Bool {
        let name = try name(store, key)
        return try await self.store.look { try $0.entry(name) } != nil
    }

    /// Runs a job to its end and gives its record.
    func run(_ request: JobRequest) async throws -> JobRecord {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let job = try await JobDriver.begin(request, by: "test", in: store)
        try await JobDriver(blobs: store, logger: logger, waits: false).run(job) { false }
        guard let ended = try await store.look({ try $0.job(job.id) }) else { throw CancellationError() }
        return ended
    }

    /// A field of a job's result.
    func count(_ job: JobRecord, _ field: String) throws -> Int64? {
        let object = try JSONSerialization.jsonObject(with: Data(job.result ?? [])) as? [String: Any]
        return (object?[field] as? NSNumber)?.int64Value
    }

    /// The keys of a list in a job's result; nil when it has none.
    func names(_ job: JobRecord, _ field: String) throws -> [String]? {
        let object = try JSONSerialization.jsonObject(with: Data(job.result ?? [])) as? [String: Any]
        return (object?[field] as? [[String: Any]])?.compactMap { $0["key"] as? String }
    }

    /// Content that is kept in a file.
    static func large(_ seed: UInt8) -> [UInt8] {
        (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251 &+ Int(seed) &* 31) }
    }
}
