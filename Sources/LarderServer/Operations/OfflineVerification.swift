import Disk
package import BlobStore
import Housekeeping
package import LarderModel
import Logging
import NIOPosix
import StorePolicies

/// `larder verify --offline`: the same job as a server's, on a data directory and an index that none has open.
package enum OfflineVerification {
    /// - Parameter report: called some times a second.
    /// - Returns: the job that it was, as JSON (contract §4.6).
    /// - Parameter path: the data directory; one that is missing is made where the index is elsewhere, for its lock.
    /// - Throws: `LarderError` `.notFound` when there is no data directory or index, `.unavailable` when a process has
    ///   it open.
    package static func run(
        dataDirectory path: String, on engines: Engines, bytesPerSecond: Int64?,
        report: @escaping @Sendable (JobProgress) -> Void
    ) async throws -> [UInt8] {
        let quiet = Logger(label: "larder") { _ in SwiftLogNoOpLogHandler() }
        let blobs = try await NIOThreadPool.singleton.runIfActive {
            try engines.requireIndex(path)
            let directory = try DataDirectory(path) { directory throws(LarderError) in
                try engines.accept(directory)
            }
            let pool = DiskPool()
            return try BlobStore(
                directory: directory, engine: engines.index(directory.indexPath),
                backend: engines.objects(directory, pool), pool: pool,
                policies: StorePolicies.load(directory: nil), logger: quiet)
        }
        do {
            try await blobs.settleObjects()
            let document = try await verify(blobs, quiet, bytesPerSecond, report)
            try await NIOThreadPool.singleton.runIfActive { blobs.close() }
            return document
        } catch {
            try? await NIOThreadPool.singleton.runIfActive { blobs.close() }
            throw error
        }
    }

    private static func verify(
        _ blobs: BlobStore, _ logger: Logger, _ bytesPerSecond: Int64?,
        _ report: @escaping @Sendable (JobProgress) -> Void
    ) async throws -> [UInt8] {
        let job = try await JobDriver.begin(
            .verify(VerifyRequest(bytesPerSecond: bytesPerSecond)), by: "offline", in: blobs, isAlone: true)
        let driver = JobDriver(blobs: blobs, logger: logger, waits: false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: .milliseconds(200))
                    if let now = try await driver.job(job.id) { report(now.progress) }
                }
            }
            try await driver.run(job) { false }
            group.cancelAll()
        }
        guard let ended = try await driver.job(job.id) else {
            throw LarderError(.internalError, "The verification left no record.")
        }
        return ended.json
    }
}
