import BlobStore
import Disk
import Index
import LarderModel
import SnapshotRepository
import Snapshots

/// Sets the server back to a snapshot. The job ends in the new state: there it is done, with its result and its words
/// in the audit log. One that was under way when the server ended has changed nothing, and is not begun again by
/// itself.
struct RestoreWork: JobWork {
    private let request: RestoreRequest
    private let place: Workplace
    /// Whether an earlier process has begun it.
    private let wasBegun: Bool
    private let record: JobRecord
    private(set) var progress = JobProgress()

    private static let pause = LarderError(
        .unavailable, "The server is being set back to a snapshot; try again in a moment.")
    private static let brokenOff = LarderError(
        .unavailable, "The server ended while it restored the snapshot: nothing has changed. Ask for it again.")

    init(_ request: RestoreRequest, _ job: JobRecord, _ place: Workplace) {
        self.request = request
        self.place = place
        record = job
        wasBegun = !job.checkpoint.isEmpty
    }

    var checkpoint: [UInt8] { Array(#"{"begun":true}"#.utf8) }
    /// Of one that was cancelled: nothing came of it.
    var result: [UInt8] { Array("{}".utf8) }
    var isNoteworthy: Bool { true }

    /// Finds the snapshot.
    /// - Throws: `LarderError` `.notFound`, `.notImplemented`; what the repository throws.
    static func replacement(_ request: RestoreRequest, _ place: Workplace) async throws -> SnapshotReplacement {
        guard let replacing = place.replacing else {
            throw LarderError(.notImplemented, "Only a server can be set back.")
        }
        let repository = try await place.repositories.open(request.to)
        let larder = try await place.blobs.larderID(orMake: SnapshotName.newLarder())
        let name = try await SnapshotCatalog(repository).find(request.id, larder: larder)
        return SnapshotReplacement(
            name, from: repository, of: place.blobs, local: replacing.local, checkPolicies: replacing.checkPolicies)
    }

    mutating func step(_ job: JobNumber) async throws -> JobStep {
        guard !wasBegun, let replacing = place.replacing else { throw JobFailure(error: Self.brokenOff) }
        let begun = self
        try await place.blobs.change(.evenWhilePaused) { try job.save(begun, in: $0) }
        let watched = WatchedWork(place.blobs, admission: .evenWhilePaused)
        do {
            let done = try await watched.run(job) { progress, transaction in
                var work = begun
                work.progress = progress
                try job.save(work, in: transaction)
            } _: { report in
                try await begun.replace(watched, report)
            }
            progress = watched.progress
            guard done == true else { return .more(pause: .zero) }
        } catch let error as LarderError {
            // It is not begun again by itself, whatever it met.
            throw JobFailure(error: error)
        } catch let failure as FileSystem.Failure {
            throw JobFailure(error: failure.larderError)
        }
        replacing.reopen()
        // Here the job stays as it is: it goes on in the new state.
        throw CancellationError()
    }

    private func replace(
        _ watched: WatchedWork, _ report: @escaping @Sendable (JobProgress) -> Void
    ) async throws -> Bool {
        let record = record
        _ = try await Self.replacement(request, place).run(pause: Self.pause, job: record.id, report: report) {
            result, transaction in
            let outcome = try JobJSON.encode(result)
            try transaction.saveJob(record.id, checkpoint: [], watched.progress)
            try transaction.finishJob(record.id, .done, result: outcome, error: nil)
            try transaction.record(JobAudit.begin(record, .beginJob))
            try transaction.record(JobAudit.end(record, .done, ("result", outcome)))
        }
        return true
    }
}
