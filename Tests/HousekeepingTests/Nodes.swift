import BlobStore
import Disk
import Housekeeping
import Index
import IndexOnPostgres
import LarderModel
import LarderTestSupport
import Logging
import ObjectsOnDisk
import PostgresTestSupport

/// Nodes on one index, each a blob store with a directory of its own.
enum Nodes {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` with an engine for each index that a node may have: an empty place of PostgreSQL's.
    static func onPostgres<R>(_ body: (@escaping @Sendable () throws -> any SQLEngine) async throws -> R) async throws
        -> R
    {
        try await withSchema { server, schema in
            let url = server.url(schema: schema)
            return try await body { try PostgresEngine(url: url, acceptsUnsafe: true) }
        }
    }

    /// Runs `body` with a node, and closes it whatever happens.
    static func with<R>(
        _ name: String, on engine: @escaping @Sendable () throws -> any SQLEngine,
        _ body: (BlobStore) async throws -> R
    ) async throws -> R {
        try await TemporaryFolder.with { folder in
            let directory = try DataDirectory(folder), pool = DiskPool()
            let blobs = try await blocking {
                try BlobStore(
                    directory: directory, engine: engine(), node: NodeIdentity(name: name, version: "1"),
                    backend: ObjectsOnDisk(directory, pool: pool), pool: pool, policies: PolicyBook([]),
                    minFree: ByteCount(0), logger: logger)
            }
            let result: Result<R, any Error>
            do { result = .success(try await body(blobs)) } catch { result = .failure(error) }
            try await blocking { blobs.close() }
            try await pool.shutDown()
            return try result.get()
        }
    }

    /// The same with two of them on one place of PostgreSQL's.
    static func pair<R>(_ body: (BlobStore, BlobStore) async throws -> R) async throws -> R {
        try await onPostgres { engine in
            try await with("a", on: engine) { a in try await with("b", on: engine) { b in try await body(a, b) } }
        }
    }
}

extension BlobStore {
    func job(_ id: Int64) async throws -> JobRecord? { try await look { try $0.job(id) } }

    /// Begins a job that nobody works on yet.
    func begin(_ request: JobRequest) async throws -> JobRecord {
        try await JobDriver.begin(request, by: "test", in: self)
    }

    func runner() -> JobRunner { JobRunner(blobs: self, schedule: .none, logger: Nodes.logger) }

    /// Waits until a job is as it is wanted; its record then.
    func wait(for id: Int64, _ isWanted: (JobRecord) -> Bool) async throws -> JobRecord {
        while true {
            if let job = try await job(id), isWanted(job) { return job }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
