import Disk
import BlobStore
import Index
import LarderModel
import Objects

/// Reads every object and compares it with its name, small ones in the index and large ones in files; then looks for
/// files that no row names. A damaged file is moved to `quarantine/`, a damaged row stays where it is: reads of either
/// answer `corrupt_entry`, and a new put of the content heals it. Healthy data is only read.
package struct VerifyWork: JobWork {
    private let request: VerifyRequest
    private let store: BlobStore
    private var at: VerifyCheckpoint
    private var pacer: Pacer
    private var isBegun = false
    private var lastSaved = ContinuousClock.now

    /// One batch: objects, and bytes as kept.
    private static let batchMax = 4_096, batchBytes: Int64 = 8 << 20
    /// The fastest that a spread verification reads.
    private static let spreadRate: Int64 = 50 << 20
    private static let saveEvery = Duration.milliseconds(500)
    private static let shardCount = 256
    /// Objects read at once when no rate is set: one is hashed while another is waited for.
    private static let width = 2

    init(_ request: VerifyRequest, _ job: JobRecord, _ store: BlobStore) throws {
        self.request = request
        self.store = store
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
            try? await store.index.write { try job.save(work, in: $0) }
        }
        return next
    }

    private mutating func begin() async throws {
        isBegun = true
        guard at.total == 0 else { return }
        let totals = try await store.index.read { try $0.objectTotals() }
        at.total = totals.count + Int64(Self.shardCount)
        at.totalBytes = totals.storedBytes
        at.lastObject = totals.lastID
    }

    // MARK: Objects

    private mutating func readObjects() async throws -> JobStep {
        let after = at.object, last = at.lastObject
        // Where a rate is set, a quarter of a second of it: a step is what a cancellation has to wait for.
        let bytes = request.bytesPerSecond.map { min($0 / 4, Self.batchBytes) } ?? Self.batchBytes
        let batch = try await store.index.read {
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
        for (object, kind) in damage { try await note(object, kind) }
        at.outcome.verified += Int64(batch.count)
        at.outcome.bytes += batch.reduce(0) { $0 + $1.storedSize }
        at.object = end.id
        at.done += Int64(batch.count)
        guard let period = request.periodSeconds, at.totalBytes > 0 else { return .more(pause: .zero) }
        return .more(pause: .seconds(Double(period) * Double(at.outcome.bytes - before) / Double(at.totalBytes)))
    }

    private typealias Damage = (object: KeptObject, kind: VerifyCheckpoint.Outcome.Damage.Kind)

    private mutating func checkInTurn(_ batch: [KeptObject]) async throws -> [Damage] {
        var damaged: [Damage] = []
        var pacer = pacer
        for object in batch {
            var seen: Int64 = 0
            let kind = try await Self.check(object, store) { bytes in
                seen += bytes
                try await Task.sleep(for: pacer.pause(after: bytes))
            }
            try await Task.sleep(for: pacer.pause(after: max(object.storedSize - seen, 0)))
            if let kind { damaged.append((object, kind)) }
        }
        self.pacer = pacer
        return damaged
    }

    private func checkTogether(_ batch: [KeptObject]) async throws -> [Damage] {
        let store = store
        return try await withThrowingTaskGroup(of: [Damage].self) { group in
            for part in 0..<Self.width {
                group.addTask {
                    let share = stride(from: part, to: batch.count, by: Self.width).map { batch[$0] }
                    // Small content in one hop: each alone would cost more than its hash.
                    var damaged = try await store.pool.run {
                        share.filter { object in
                            object.content.map { (try? Self.checkInline(object, $0)) == nil } ?? false
                        }
                    }.map { Damage($0, .corrupt) }
                    for object in share where object.content == nil {
                        if let kind = try await Self.check(object, store, { _ in }) { damaged.append((object, kind)) }
                    }
                    return damaged
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// - Parameter passed: told of bytes read of a file, some at a time.
    /// - Returns: nil when all is well, or the object is gone meanwhile.
    private static func check(
        _ object: KeptObject, _ store: BlobStore, _ passed: (Int64) async throws -> Void
    ) async throws -> VerifyCheckpoint.Outcome.Damage.Kind? {
        do {
            if let content = object.content {
                try await store.pool.run { try checkInline(object, content) }
            } else {
                let name = ObjectFileName(digest: object.digest, encoding: object.encoding)
                let check = try await ObjectCheck.begin(name, size: object.size, in: store.objects)
                var seen: Int64 = 0
                while try await !check.step() {
                    try Task.checkCancellation()
                    let now = check.bytesRead
                    try await passed(now - seen)
                    seen = now
                }
            }
            return nil
        } catch let error as LarderError {
            guard error.code == .corruptEntry else { return .unreadable }
            guard object.content == nil else { return .corrupt }
            let isThere = try await store.pool.run {
                try store.objects.age(.init(digest: object.digest, encoding: object.encoding)) != nil
            }
            return isThere ? .corrupt : .missing
        }
    }

    private static func checkInline(_ object: KeptObject, _ content: [UInt8]) throws {
        _ = try InlineObject.verifiedPlain(content, encoding: object.encoding, size: object.size, digest: object.digest)
    }

    /// Looks at a damaged object once more: it may have been written again, or collected, while it was read. If not, it
    /// is reported, and the file that was read is moved away.
    private mutating func note(_ object: KeptObject, _ seen: VerifyCheckpoint.Outcome.Damage.Kind) async throws {
        guard let again = try await store.index.read({ try $0.object(object.id) }), again.digest == object.digest else {
            return
        }
        guard let kind = try await Self.check(again, store, { _ in }) else { return }
        var isQuarantined = false
        if kind == .corrupt, again.content == nil { isQuarantined = try await quarantine(again) }
        switch kind {
        case .corrupt: at.outcome.corrupt += 1
        case .missing: at.outcome.missing += 1
        case .unreadable: at.outcome.unreadable += 1
        }
        guard at.outcome.damaged.count < VerifyCheckpoint.damagedMax else { return }
        at.outcome.damaged.append(.init(object: again.digest.hex, kind: kind, quarantined: isQuarantined, id: again.id))
    }

    private func quarantine(_ object: KeptObject) async throws -> Bool {
        let name = ObjectFileName(digest: object.digest, encoding: object.encoding)
        // Read a last time through a descriptor whose stamp tells this very file: only that one may be moved.
        let check = try await ObjectCheck.begin(name, size: object.size, in: store.objects)
        do {
            while try await !check.step() {}
            return false
        } catch let error as LarderError where error.code == .corruptEntry {
            return try await store.quarantine(name, check.stamp)
        }
    }

    // MARK: Files

    private mutating func compareFiles() async throws -> JobStep {
        guard at.shard < Self.shardCount else {
            at.phase = .names
            return .more(pause: .zero)
        }
        let shard = at.shard, pool = store.pool, objects = store.objects, index = store.index
        let (names, foreign) = try await pool.run { try objects.files(inShard: shard) }
        let known = try await index.read {
            Set(try $0.files(inShard: shard).map { ObjectFileName(digest: $0.0, encoding: $0.1) })
        }
        // What is being put has its file before its row: the young ones are looked at the next time.
        let orphans = try await pool.run {
            try names.subtracting(known).filter { try (objects.age($0)?.age ?? .zero) >= CollectRequest.graceDefault }
        }
        at.shard += 1
        at.done += 1
        at.outcome.foreign += Int64(foreign.count)
        at.outcome.orphans += Int64(orphans.count)
        at.outcome.orphanNames += orphans.map(\.text).sorted().prefix(
            VerifyCheckpoint.namedMax - at.outcome.orphanNames.count)
        return .more(pause: request.periodSeconds == nil ? .zero : .milliseconds(100))
    }

    // MARK: Names

    /// Which entries the damaged objects belong to: one pass over all of them, and only when there is damage.
    private mutating func findNames() async throws -> JobStep {
        let wanted = Set(at.outcome.damaged.map(\.id))
        if !wanted.isEmpty {
            let limit = VerifyCheckpoint.damagedMax * 10
            let found = try await store.index.read { try $0.names(ofObjects: wanted, limit: limit) }
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
