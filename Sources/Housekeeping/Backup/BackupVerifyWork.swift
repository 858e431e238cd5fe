import BlobStore
import Index
import LarderModel
import SnapshotRepository
import Snapshots
import Synchronization

/// Looks whether a snapshot can be restored. After a restart of the server it begins anew.
struct BackupVerifyWork: JobWork {
    private let request: BackupVerifyRequest
    private let place: Workplace
    private var outcome = VerificationResult()
    private(set) var progress = JobProgress()

    private static let saveEvery = Duration.milliseconds(500)

    init(_ request: BackupVerifyRequest, _ place: Workplace) {
        self.request = request
        self.place = place
    }

    var checkpoint: [UInt8] { [] }
    var result: [UInt8] { get throws { try JobJSON.encode(outcome) } }
    var isNoteworthy: Bool { true }

    /// All of it, with the progress written down meanwhile. One that was cancelled ends it, and the job with it.
    mutating func step(_ job: JobNumber) async throws -> JobStep {
        do { return try await goOn(job) } catch { throw place.settled(error) }
    }

    private mutating func goOn(_ job: JobNumber) async throws -> JobStep {
        let seen = Seen()
        let begun = self
        let found = try await withThrowingTaskGroup(of: VerificationResult?.self) { group in
            group.addTask { try await begun.verify { seen.progress = $0 } }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.saveEvery)
                    var work = begun
                    work.progress = seen.progress
                    let now = work
                    try await begun.place.blobs.change(.belowTheFloor) { try job.save(now, in: $0) }
                    if try await begun.place.blobs.look({ try $0.job(job.id)?.isCancelled ?? true }) { return nil }
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        progress = seen.progress
        guard let found else { return .more(pause: .zero) }
        outcome = found
        return .done
    }

    /// How far the verification is, between the two tasks.
    private final class Seen: Sendable {
        private let latest = Mutex(JobProgress())

        var progress: JobProgress {
            get { latest.withLock { $0 } }
            set { latest.withLock { $0 = newValue } }
        }
    }

    private func verify(_ report: @escaping @Sendable (JobProgress) -> Void) async throws -> VerificationResult {
        let repository = try await place.repositories.open(request.to)
        let larder = try await place.blobs.larderID(orMake: SnapshotName.newLarder())
        let name = try await SnapshotCatalog(repository).find(request.id, larder: larder)
        return try await SnapshotVerification(name, in: repository, readsAll: request.readAll).run(report: report)
    }
}
