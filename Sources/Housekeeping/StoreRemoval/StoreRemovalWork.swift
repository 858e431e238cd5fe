import BlobStore
import Index
package import LarderModel

/// Removes the entries of a store that was removed, in steps. It goes by the store's number, under a name that no
/// client can say: a store that has the old name by now is another one.
package struct StoreRemovalWork: JobWork {
    private let request: StoreRemovalRequest
    private let blobs: BlobStore
    private let name: StoreName
    private var at: StoreRemovalCheckpoint
    private var isCounted = false
    private var throttle: Throttle

    /// Events of one log that go in one step, where they outlived its entry.
    private static let eventsMax = 1_000

    init(_ request: StoreRemovalRequest, _ job: JobRecord, _ blobs: BlobStore) throws {
        self.request = request
        self.blobs = blobs
        name = try IndexTransaction.removedName(request.store)
        throttle = Throttle(sizes: 8...512, isUrgent: job.isUrgent)
        at =
            job.checkpoint.isEmpty
            ? StoreRemovalCheckpoint() : try JobJSON.decode(StoreRemovalCheckpoint.self, job.checkpoint)
    }

    package var progress: JobProgress { JobProgress(done: at.done, total: max(at.total, at.done)) }
    package var checkpoint: [UInt8] { get throws { try JobJSON.encode(at) } }
    /// `{"store","removed"}`
    package var result: [UInt8] {
        var out = JSONWriter()
        out.object {
            $0.field("store", request.name)
            $0.field("removed", at.done)
        }
        return out.bytes
    }
    package var isNoteworthy: Bool { at.done > 0 }

    package mutating func step(_ job: JobNumber) async throws -> JobStep {
        if !isCounted {
            isCounted = true
            let store = request.store
            at.total = at.done + (try await blobs.look { try $0.entryCount(of: store) })
        }
        let begun = self
        let (after, isDone, start) = try await blobs.change(.evenWhenFull) { transaction in
            let start = ContinuousClock.now
            var work = begun
            let (deleted, hasMore) = try transaction.deletePrefix(
                [], of: work.name, in: .removed, limit: work.throttle.size, keepsVersions: false)
            work.at.done += Int64(deleted)
            let isDone =
                try !hasMore
                && !transaction.removeRemains(
                    of: work.request.store, events: Self.eventsMax)
            try job.save(work, in: transaction)
            return (work.at, isDone, start)
        }
        at = after
        if isDone { return .done }
        return .more(pause: throttle.pause(after: ContinuousClock.now - start, remaining: at.total - at.done, blobs))
    }
}
