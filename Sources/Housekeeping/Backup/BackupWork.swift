import BlobStore
import Index
import LarderModel
import SnapshotRepository
import Snapshots

/// Makes a snapshot, and removes those that are kept no longer. After a restart of the server it begins anew: content
/// that is in the repository by then is not carried again.
struct BackupWork: JobWork {
    private let request: BackupRequest
    private let place: Workplace
    private var maker: SnapshotMaker?
    private var repository: Repository?
    private var outcome = Outcome()
    private(set) var progress = JobProgress()

    /// What came of it; the JSON result.
    struct Outcome: Codable {
        var made = SnapshotOutcome()
        /// Names of the snapshots that were kept no longer.
        var removed: [String] = []
        /// Why none could be removed, though some were kept no longer; nil: that was done.
        var notRemoved: String?
    }

    init(_ request: BackupRequest, _ place: Workplace) {
        self.request = request
        self.place = place
    }

    var checkpoint: [UInt8] { [] }
    var result: [UInt8] { get throws { try JobJSON.encode(outcome) } }
    var isNoteworthy: Bool { true }

    mutating func step(_ job: JobNumber) async throws -> JobStep {
        do { return try await goOn(job) } catch { throw place.settled(error) }
    }

    private mutating func goOn(_ job: JobNumber) async throws -> JobStep {
        guard var maker else {
            try await begin()
            return .more(pause: .zero)
        }
        let hasMore = try await maker.carry()
        self.maker = maker
        progress.done = progress.total - Int64(maker.remaining)
        progress.bytes = maker.outcome.newBytes
        let work = self
        try await place.blobs.change(.evenWhenFull) { try job.save(work, in: $0) }
        guard !hasMore else { return .more(pause: .zero) }
        try await maker.finish()
        outcome.made = maker.outcome
        self.maker = nil
        try await note()
        try await prune()
        return .done
    }

    private mutating func begin() async throws {
        let blobs = place.blobs
        let repository = try await place.repositories.openOrCreate(request.to, now: blobs.now)
        let order = SnapshotOrder(
            stores: try request.stores?.map { try Glob($0) }, site: try request.site.map { try SiteID($0) },
            hasSecrets: request.secrets, version: place.repositories.version)
        let maker = try await SnapshotMaker(order, of: blobs, in: repository)
        self.repository = repository
        self.maker = maker
        progress.total = Int64(maker.remaining)
    }

    /// Remembers the last snapshot, for `/metrics` and the console.
    private func note() async throws {
        let last = try JobJSON.encode(
            LastBackup(
                snapshot: outcome.made.snapshot, at: place.blobs.now.milliseconds,
                bytes: outcome.made.counts.storedBytes, newBytes: outcome.made.newBytes))
        try await place.blobs.change(.evenWhenFull) { try $0.note(.backup, last) }
    }

    /// Somebody else may be at work there: the snapshot is made all the same, and the next one tries again.
    private mutating func prune() async throws {
        guard let keep = request.keepLast, let repository else { return }
        let pruning = SnapshotPruning(
            repository, larder: try await place.blobs.larderID(orMake: SnapshotName.newLarder()),
            retention: SnapshotRetention(last: keep, daily: 0), clock: place.blobs.clock, isServer: true)
        do { outcome.removed = try await pruning.run().removed } catch let error as LarderError {
            outcome.notRemoved = error.message
        }
    }

    func abandon() async { await maker?.abandon() }
}
