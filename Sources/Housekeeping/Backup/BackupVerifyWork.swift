import BlobStore
import Index
import LarderModel
import SnapshotRepository
import Snapshots

/// Looks whether a snapshot can be restored. After a restart of the server it begins anew.
struct BackupVerifyWork: JobWork {
    private let request: BackupVerifyRequest
    private let place: Workplace
    private var outcome = VerificationResult()
    private(set) var progress = JobProgress()

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
        let begun = self
        let watched = WatchedWork(place.blobs, admission: .belowTheFloor)
        let found = try await watched.run(job) { progress, transaction in
            var work = begun
            work.progress = progress
            try job.save(work, in: transaction)
        } _: { report in
            try await begun.verify(report)
        }
        progress = watched.progress
        guard let found else { return .more(pause: .zero) }
        outcome = found
        return .done
    }

    private func verify(_ report: @escaping @Sendable (JobProgress) -> Void) async throws -> VerificationResult {
        let repository = try await place.repositories.open(request.to)
        let larder = try await place.blobs.larderID(orMake: SnapshotName.newLarder())
        let name = try await SnapshotCatalog(repository).find(request.id, larder: larder)
        return try await SnapshotVerification(name, in: repository, readsAll: request.readAll).run(report: report)
    }
}
