import BlobStore
import Index
import LarderModel
import Synchronization

/// Long work in one step: how far it is is written down meanwhile, and it ends when its job is cancelled.
struct WatchedWork: Sendable {
    let blobs: BlobStore
    /// How what is written down of it is taken.
    let admission: BlobStore.Admission
    private let seen = Seen()

    private static let saveEvery = Duration.milliseconds(500)

    init(_ blobs: BlobStore, admission: BlobStore.Admission) {
        self.blobs = blobs
        self.admission = admission
    }

    /// How far it was when last heard of.
    var progress: JobProgress { seen.progress }

    /// - Parameters:
    ///   - save: writes down how far it is.
    ///   - work: reports as often as it likes; may be cancelled.
    /// - Returns: nil: the job was cancelled, and the work ended by that.
    /// - Throws: what either throws.
    func run<Outcome: Sendable>(
        _ job: JobNumber, save: @escaping @Sendable (JobProgress, IndexTransaction) throws -> Void,
        _ work: @escaping @Sendable (@escaping @Sendable (JobProgress) -> Void) async throws -> Outcome
    ) async throws -> Outcome? {
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { [seen] in try await work { seen.progress = $0 } }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.saveEvery)
                    let now = seen.progress
                    try await blobs.change(admission) { try save(now, $0) }
                    if try await blobs.look({ try $0.job(job.id)?.isCancelled ?? true }) { return nil }
                }
            }
            var outcome: Outcome?
            var failure: (any Error)?
            // Whichever ends first ends the other; work that has come to its end all the same counts.
            while let ended = await group.nextResult() {
                group.cancelAll()
                do { outcome = try ended.get() ?? outcome } catch is CancellationError {} catch {
                    failure = failure ?? error
                }
            }
            if let outcome { return outcome }
            if let failure { throw failure }
            try Task.checkCancellation()
            return nil
        }
    }

    /// How far the work is, between the two tasks.
    private final class Seen: Sendable {
        private let latest = Mutex(JobProgress())

        var progress: JobProgress {
            get { latest.withLock { $0 } }
            set { latest.withLock { $0 = newValue } }
        }
    }
}
