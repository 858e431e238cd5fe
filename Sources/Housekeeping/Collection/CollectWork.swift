import BlobStore
import Index
package import LarderModel

/// Removes objects that nothing refers to and gives room back. In full, it first puts wrong counts right and then looks
/// for files that no row names. How this is safe beside clients that put the same content is said at
/// ``BlobStore/removeUnreferenced(_:thenMark:since:_:)``.
package struct CollectWork: JobWork {
    private let request: CollectRequest
    private let blobs: BlobStore
    private let cutoff: Timestamp
    private var at: CollectCheckpoint
    /// What the next step removes. Not in the checkpoint: what a crash leaves marked comes up again by itself.
    private var marked: [UnreferencedObject] = []
    private var isCounted = false
    private var throttle: Throttle
    private var vacuumThrottle: Throttle

    /// Objects compared at a time: bounds memory to some 50 MB.
    private static let compareMax = 500_000
    /// Between two looks at whether a snapshot is still being made.
    private static let heldPause = Duration.seconds(1)
    /// Free pages that are left to the index: it will need some again at once.
    private static let sparePages = 256

    init(_ request: CollectRequest, _ job: JobRecord, _ blobs: BlobStore) throws {
        self.request = request
        self.blobs = blobs
        cutoff = job.startedAt - request.grace
        throttle = Throttle(sizes: 8...512, isUrgent: job.isUrgent)
        vacuumThrottle = Throttle(sizes: 16...1_024, isUrgent: job.isUrgent)
        at =
            job.checkpoint.isEmpty
            ? CollectCheckpoint(phase: request.isFull ? .references : .unreferenced)
            : try JobJSON.decode(CollectCheckpoint.self, job.checkpoint)
    }

    package var progress: JobProgress {
        JobProgress(done: at.done, total: max(at.total, at.done), bytes: at.outcome.bytes + at.outcome.orphanBytes)
    }
    package var checkpoint: [UInt8] { get throws { try JobJSON.encode(at) } }
    package var result: [UInt8] { get throws { try JobJSON.encode(at.outcome) } }
    package var isNoteworthy: Bool { request.isFull || at.outcome.removed > 0 }

    package mutating func step(_ job: JobNumber) async throws -> JobStep {
        if !isCounted {
            isCounted = true
            let cutoff = cutoff
            at.total =
                at.done + (try await blobs.look { try $0.countUnreferenced(since: cutoff) })
                + Int64(request.isFull ? BlobStore.shardCount - at.shard : 0)
        }
        switch at.phase {
        case .references: return try await compareReferences(job)
        case .unreferenced: return try await removeUnreferenced(job)
        case .files: return try await sweepFiles(job)
        case .logs: return try await removeLogRemains(job)
        case .vacuum: return try await vacuum(job)
        case .done: return .done
        }
    }

    private mutating func compareReferences(_ job: JobNumber) async throws -> JobStep {
        let after = at.object
        let found = try await blobs.look { try $0.compareReferences(after: after, limit: Self.compareMax) }
        var next = at
        next.outcome.differences += Int64(found.differences.count)
        next.outcome.dangling += Int64(found.dangling)
        for difference in found.differences.prefix(CollectCheckpoint.namedMax - next.outcome.differing.count) {
            next.outcome.differing.append(
                .init(object: difference.digest.hex, counted: difference.counted, real: difference.real))
        }
        if let last = found.last { next.object = last } else { next.phase = .unreferenced }
        at = next
        let work = self
        try await blobs.change(.evenWhenFull) { transaction in
            for difference in found.differences { try transaction.repairReferences(difference) }
            try job.save(work, in: transaction)
        }
        return .more(pause: .zero)
    }

    private mutating func removeUnreferenced(_ job: JobNumber) async throws -> JobStep {
        let begun = self
        let step = try await blobs.removeUnreferenced(
            marked, thenMark: throttle.size, since: cutoff
        ) { gone, transaction in
            var work = begun
            work.count(gone)
            if gone.isEmpty { try job.check(in: transaction) } else { try job.save(work, in: transaction) }
        }
        marked = step.marked
        count(step.removed)
        if step.isHeld { return .more(pause: Self.heldPause) }
        if marked.isEmpty { at.phase = request.isFull ? .files : .logs }
        let isIdle = step.removed.isEmpty && marked.isEmpty
        return .more(pause: isIdle ? .zero : throttle.pause(after: step.held, remaining: at.total - at.done, blobs))
    }

    private mutating func count(_ gone: [UnreferencedObject]) {
        at.outcome.removed += Int64(gone.count)
        at.outcome.bytes += gone.reduce(0) { $0 + $1.storedSize }
        at.done += Int64(gone.count)
    }

    /// Compares one folder with the rows. What is being put at this moment is young or claimed, and stays.
    private mutating func sweepFiles(_ job: JobNumber) async throws -> JobStep {
        guard at.shard < BlobStore.shardCount else {
            at.phase = .logs
            return .more(pause: .zero)
        }
        if at.shard == 0 { at.outcome.orphans += Int64(try await blobs.removeUploadRemains()) }
        let (orphans, foreign) = try await blobs.strays(inShard: UInt8(at.shard), unchangedFor: request.grace)
        at.shard += 1
        at.done += 1
        at.outcome.foreign += Int64(foreign.count)
        at.outcome.foreignNames += foreign.prefix(CollectCheckpoint.namedMax - at.outcome.foreignNames.count)
        let step = 64
        for start in stride(from: 0, to: orphans.count, by: step) {
            let some = Array(orphans[start..<min(start + step, orphans.count)])
            let gone = try await blobs.removeStrays(some)
            at.outcome.orphans += Int64(gone)
            at.outcome.orphanBytes += some.reduce(0) { $0 + $1.size }
        }
        if at.shard.isMultiple(of: 16) {
            let work = self
            try await blobs.change(.evenWhenFull) { try job.save(work, in: $0) }
        }
        return .more(pause: .milliseconds(1))
    }

    /// Deletes what emptied logs and removed items have left.
    private mutating func removeLogRemains(_ job: JobNumber) async throws -> JobStep {
        let limit = throttle.size
        let (gone, begun) = try await blobs.change(.evenWhenFull) { transaction in
            let begun = ContinuousClock.now
            try job.check(in: transaction)
            let events = try transaction.removeLogRemains(limit: limit)
            return (events > 0 ? events : try transaction.removeItemRemains(limit: limit), begun)
        }
        guard gone > 0 else {
            at.phase = .vacuum
            return .more(pause: .zero)
        }
        return .more(pause: throttle.pause(after: ContinuousClock.now - begun, remaining: Int64(gone), blobs))
    }

    private mutating func vacuum(_ job: JobNumber) async throws -> JobStep {
        let pages = try await blobs.look { try $0.pages() }
        let spare = pages.free - Self.sparePages
        guard spare > 0 else {
            at.phase = .done
            at.total = at.done
            return .done
        }
        let count = min(spare, vacuumThrottle.size)
        let begun = try await blobs.change(.evenWhenFull) { transaction in
            let begun = ContinuousClock.now
            try job.check(in: transaction)
            try transaction.vacuum(pages: count)
            return begun
        }
        at.outcome.vacuumed += Int64(count * pages.size)
        return .more(
            pause: vacuumThrottle.pause(after: ContinuousClock.now - begun, remaining: Int64(spare - count), blobs))
    }
}
