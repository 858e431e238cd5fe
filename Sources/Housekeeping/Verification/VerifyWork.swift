import BlobStore
import Index
package import LarderModel

/// Reads every object and compares it with its name, small ones in the index and large ones in files; then looks for
/// files that no row names. A damaged file is moved to `quarantine/`, a damaged row stays where it is: reads of either
/// answer `corrupt_entry`, and a new put of the content heals it. Healthy data is only read.
package struct VerifyWork: JobWork {
    private let request: VerifyRequest
    private let blobs: BlobStore
    private var at: VerifyCheckpoint
    private var pacer: Pacer
    private var isBegun = false
    private var lastSaved = ContinuousClock.now

    /// One batch: objects, and bytes as kept.
    private static let batchMax = 4_096, batchBytes: Int64 = 8 << 20
    /// The fastest that a spread verification reads.
    private static let spreadRate: Int64 = 50 << 20
    private static let saveEvery = Duration.milliseconds(500)
    /// Objects read at once when no rate is set: one is hashed while another is waited for.
    private static let width = 2

    init(_ request: VerifyRequest, _ job: JobRecord, _ blobs: BlobStore) throws {
        self.request = request
        self.blobs = blobs
        at = job.checkpoint.isEmpty ? VerifyCheckpoint() : try JobJSON.decode(VerifyCheckpoint.self, job.checkpoint)
        pacer = Pacer(bytesPerSecond: request.bytesPerSecond ?? (request.periodSeconds == nil ? nil : Self.spreadRate))
    }

    package var progress: JobProgress {
        JobProgress(done: at.done, total: max(at.total, at.done), bytes: at.outcome.bytes)
    }
    package var checkpoint: [UInt8] { get throws { try JobJSON.encode(at) } }
    package var result: [UInt8] { get throws { try JobJSON.encode(at.outcome) } }
    package var summary: [UInt8] {
        get throws {
            var outcome = at.outcome
            for place in outcome.damaged.indices { outcome.damaged[place].entries = [] }
            return try JobJSON.encode(outcome)
        }
    }
    package var isNoteworthy: Bool { !at.outcome.isClean || request.periodSeconds != nil }

    package mutating func step(_ job: JobNumber) async throws -> JobStep {
        if !isBegun { try await begin() }
        let next: JobStep
        switch at.phase {
        case .objects: next = try await readObjects()
        case .files: next = try await compareFiles()
        case .names: next = try await findNames()
        case .done: return .done
        }
        if ContinuousClock.now - lastSaved >= Self.saveEvery {
            lastSaved = .now
            let work = self
            // Best effort: where nothing can be written, verification is what an admin wants all the more.
            try? await blobs.change(.belowTheFloor) { try job.save(work, in: $0) }
        }
        return next
    }

    private mutating func begin() async throws {
        isBegun = true
        guard at.total == 0 else { return }
        let totals = try await blobs.look { try $0.objectTotals() }
        at.total = totals.count + Int64(BlobStore.shardCount)
        at.totalBytes = totals.storedBytes
        at.lastObject = totals.lastID
    }

    // MARK: Objects

    private mutating func readObjects() async throws -> JobStep {
        let after = at.object, last = at.lastObject
        // Where a rate is set, a quarter of a second of it: a step is what a cancellation has to wait for.
        let bytes = request.bytesPerSecond.map { min($0 / 4, Self.batchBytes) } ?? Self.batchBytes
        let batch = try await blobs.look {
            try $0.objects(after: after, upTo: last, limit: Self.batchMax, bytes: bytes)
        }
        guard let end = batch.last else {
            at.phase = .files
            return .more(pause: .zero)
        }
        let before = at.outcome.bytes
        let damage =
            try await request.bytesPerSecond == nil && request.periodSeconds == nil
            ? checkTogether(batch) : checkInTurn(batch)
        for object in damage { try await quarantineAndReport(object) }
        at.outcome.verified += Int64(batch.count)
        at.outcome.bytes += batch.reduce(0) { $0 + $1.storedSize }
        at.object = end.id
        at.done += Int64(batch.count)
        guard let period = request.periodSeconds, at.totalBytes > 0 else { return .more(pause: .zero) }
        return .more(pause: .seconds(Double(period) * Double(at.outcome.bytes - before) / Double(at.totalBytes)))
    }

    private mutating func checkInTurn(_ batch: [KeptObject]) async throws -> [KeptObject] {
        var damaged: [KeptObject] = []
        var pacer = pacer
        for object in batch {
            var seen: Int64 = 0
            let damage = try await blobs.damage(of: object) { bytes in
                seen += bytes
                try await Task.sleep(for: pacer.pause(after: bytes))
            }
            try await Task.sleep(for: pacer.pause(after: max(object.storedSize - seen, 0)))
            if damage != nil { damaged.append(object) }
        }
        self.pacer = pacer
        return damaged
    }

    private func checkTogether(_ batch: [KeptObject]) async throws -> [KeptObject] {
        let blobs = blobs
        return try await withThrowingTaskGroup(of: [KeptObject].self) { group in
            for part in 0..<Self.width {
                group.addTask {
                    let share = stride(from: part, to: batch.count, by: Self.width).map { batch[$0] }
                    var damaged = try await blobs.damagedInline(among: share)
                    for object in share where object.content == nil {
                        if try await blobs.damage(of: object) != nil { damaged.append(object) }
                    }
                    return damaged
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Looks at a damaged object once more: it may have been written again, or collected, while it was read. If not, it
    /// is reported, and the file that was read is moved away.
    private mutating func quarantineAndReport(_ object: KeptObject) async throws {
        guard let again = try await blobs.look({ try $0.object(object.id) }), again.digest == object.digest else {
            return
        }
        guard let kind = try await blobs.damage(of: again) else { return }
        var isQuarantined = false
        if kind == .corrupt, again.content == nil { isQuarantined = try await blobs.quarantineIfDamaged(again) }
        switch kind {
        case .corrupt: at.outcome.corrupt += 1
        case .missing: at.outcome.missing += 1
        case .unreadable: at.outcome.unreadable += 1
        }
        guard at.outcome.damaged.count < VerifyCheckpoint.damagedMax else { return }
        at.outcome.damaged.append(.init(object: again.digest.hex, kind: kind, quarantined: isQuarantined, id: again.id))
    }

    // MARK: Files

    private mutating func compareFiles() async throws -> JobStep {
        guard at.shard < BlobStore.shardCount else {
            at.phase = .names
            return .more(pause: .zero)
        }
        let (orphans, foreign) = try await blobs.strays(
            inShard: UInt8(at.shard), unchangedFor: CollectRequest.graceDefault)
        at.shard += 1
        at.done += 1
        at.outcome.foreign += Int64(foreign.count)
        at.outcome.orphans += Int64(orphans.count)
        at.outcome.orphanNames += orphans.map(\.name).sorted().prefix(
            VerifyCheckpoint.namedMax - at.outcome.orphanNames.count)
        return .more(pause: request.periodSeconds == nil ? .zero : .milliseconds(100))
    }

    // MARK: Names

    /// Which entries the damaged objects belong to: one pass over all of them, and only when there is damage.
    private mutating func findNames() async throws -> JobStep {
        let wanted = Set(at.outcome.damaged.map(\.id))
        if !wanted.isEmpty {
            let limit = VerifyCheckpoint.damagedMax * 10
            let found = try await blobs.look { try $0.names(ofObjects: wanted, limit: limit) }
            let byObject = Dictionary(grouping: found, by: \.object)
            for place in at.outcome.damaged.indices {
                at.outcome.damaged[place].entries = byObject[at.outcome.damaged[place].id, default: []].map {
                    .init(site: $0.name.site.text, store: $0.name.store.text, key: $0.name.key.text)
                }
            }
        }
        at.phase = .done
        at.total = at.done
        return .done
    }
}
