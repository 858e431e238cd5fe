package import BlobStore
package import Disk
import Foundation
package import Index
import IndexOnSQLite
package import LarderModel
package import LarderTestSupport
import Logging
package import Objects
import ObjectsOnDisk

/// A data directory of its own, in which one blob store after another can live: the engines are chosen here, once.
package struct Home: Sendable {
    package let directory: DataDirectory
    package let clock: ManualClock

    /// In a directory that is there.
    package init(_ directory: DataDirectory, _ clock: ManualClock) {
        self.directory = directory
        self.clock = clock
    }

    /// Runs `body` with a new one, which is removed whatever happens.
    package static func with<R>(clock: ManualClock = ManualClock(), _ body: (Home) async throws -> R) async throws -> R
    {
        try await TemporaryFolder.with { folder in
            try await body(Home(try DataDirectory(folder), clock))
        }
    }

    /// Runs `body` with a blob store open, and closes it whatever happens.
    /// - Parameters:
    ///   - engine: keeps the index; nil: a file in the directory.
    ///   - node: what the store says of itself to others that have the index open.
    ///   - backend: where objects lie; nil: in the directory.
    @discardableResult
    package func open<R>(
        policies: PolicyBook, engine: (any SQLEngine)? = nil, node: NodeIdentity = .unnamed, minFree: ByteCount? = nil,
        backend: (@Sendable (DiskPool) throws -> any ObjectBackend)? = nil, _ body: (BlobStore) async throws -> R
    ) async throws -> R {
        let pool = DiskPool()
        let blobs = try BlobStore(
            directory: directory, engine: engine ?? SQLiteEngine(path: directory.indexPath), node: node,
            backend: backend?(pool) ?? ObjectsOnDisk(directory, pool: pool), pool: pool, policies: policies,
            clock: clock.clock,
            minFree: minFree, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let result: Result<R, any Error>
        do { result = .success(try await body(blobs)) } catch { result = .failure(error) }
        // It waits for the writer's thread, which a task must not.
        await withCheckedContinuation { closed in
            DispatchQueue.global().async {
                blobs.close()
                closed.resume()
            }
        }
        try await pool.shutDown()
        return try result.get()
    }
}
