import BlobStore
import Index
package import LarderModel

/// Removes entries whose TTL has passed or that their rule keeps no longer.
///
/// One moment decides, that of the job's begin: what is written afterwards is younger than any cutoff. Candidates are
/// read from the indexes by time, a stretch at a time; then one short transaction looks at each of them again and
/// removes those that are still as old.
package struct CleanupWork: JobWork {
    private let request: CleanupRequest
    private let blobs: BlobStore
    /// When the job, or the dry run that it carries out, began: what counts as old is reckoned from there, also after a
    /// restart.
    private let now: Timestamp
    private var at: CleanupCheckpoint
    private var throttle: Throttle
    /// Read when the job begins or goes on: stores made meanwhile hold nothing that is old enough.
    private var stores: [StoreHandle]?
    /// What was read and not yet looked at, with the store of each; the position lies in front of it.
    private var ahead: ArraySlice<(store: Int64, entry: AgedEntry)> = []
    /// Whether there is nothing behind ``ahead``.
    private var isLast = false

    /// Whether the last look at versions found some that go: then it looks at as many as one step removes.
    private var foundVersions = false

    /// Rows looked at in one read.
    private static let scanMax = 4_000, dryScanMax = 20_000

    init(_ request: CleanupRequest, _ job: JobRecord, _ blobs: BlobStore) throws {
        self.request = request
        self.blobs = blobs
        now = request.asOfMilliseconds.map { Timestamp(milliseconds: $0) } ?? job.startedAt
        throttle = Throttle(sizes: 8...2_048, isUrgent: job.isUrgent)
        at =
            job.checkpoint.isEmpty
            ? CleanupCheckpoint(request) : try JobJSON.decode(CleanupCheckpoint.self, job.checkpoint)
        if request.keys, !job.checkpoint.isEmpty { at.tally.resumeKeys() }
    }

    package var progress: JobProgress {
        JobProgress(done: at.done, total: max(at.total, at.done), bytes: at.tally.bytes)
    }
    package var checkpoint: [UInt8] {
        get throws {
            // Keys are not stored with every step: a megabyte each time.
            var stored = at
            stored.tally.dropKeys()
            return try JobJSON.encode(stored)
        }
    }
    package var result: [UInt8] { get throws { try at.tally.json } }
    package var summary: [UInt8] {
        get throws {
            var tally = at.tally
            tally.dropKeys()
            tally.dropExamples()
            return try tally.json
        }
    }
    package var isNoteworthy: Bool { at.tally.removed > 0 || at.tally.versions.map { $0.removed > 0 } ?? false }

    package mutating func step(_ job: JobNumber) async throws -> JobStep {
        guard now <= blobs.now + ClockWatch.leapMax else {
            throw LarderError(
                .conflict,
                "The clock was set back since this cleanup began at \(now), so it removed no more; start another one.")
        }
        guard let stores else {
            try await begin()
            return .more(pause: .zero)
        }
        switch at.phase {
        case .expired: return try await stepExpired(stores, job)
        case .aged: return try await stepAged(stores, job)
        case .versions: return try await stepVersions(stores, job)
        case .done: return .done
        }
    }

    private mutating func begin() async throws {
        let request = request, now = now
        let handles = try await blobs.look { reader in
            try reader.storeHandles(of: try request.site.map { try SiteID($0) }).filter { handle in
                // Byte for byte: Swift holds two spellings of `é` equal.
                request.store.map { handle.name.bytes.elementsEqual($0.utf8) } ?? true
            }
        }
        let policies = blobs.policies
        if at.total == 0 {
            at.total = try await blobs.look { reader in
                try handles.reduce(try reader.countExpired(by: now)) { total, handle in
                    let cutoff = CleanupRules(handle.name, policies, request, now: now).latestCutoff
                    return try total + (cutoff.map { try reader.countAged(in: handle.id, by: $0) } ?? 0)
                }
            }
        }
        stores = handles
        at.tally.stores = handles.count
    }

    // MARK: Expired

    private mutating func stepExpired(_ stores: [StoreHandle], _ job: JobNumber) async throws -> JobStep {
        let now = now
        if ahead.isEmpty {
            let position = at.position, limit = scanLimit
            ahead = try await blobs.look { try $0.expired(by: now, after: position, limit: limit) }[...]
            isLast = ahead.count < limit
        }
        let handles = Dictionary(stores.map { ($0.id, $0) }) { $1 }
        var candidates: [Candidate] = []
        var next = at
        while let (id, entry) = ahead.first, request.dryRun || candidates.count < throttle.size {
            ahead.removeFirst()
            next.done += 1
            next.position = TimePosition(time: entry.expiresAt ?? now, store: id, key: entry.key.bytes)
            guard let handle = handles[id], isOfProject(entry.key) else { continue }
            candidates.append(
                Candidate(store: handle, entry: entry, rule: CleanupTally.ttlRule, cause: .ttl, cutoff: now))
        }
        if ahead.isEmpty, isLast {
            next.phase = .aged
            next.position = .start
        }
        return try await remove(candidates, next, job)
    }

    // MARK: Aged

    private mutating func stepAged(_ stores: [StoreHandle], _ job: JobNumber) async throws -> JobStep {
        guard let handle = stores.first(where: { $0.id > at.store }) else {
            at.phase = .versions
            at.store = 0
            at.total = at.done
            return .more(pause: .zero)
        }
        let rules = CleanupRules(handle.name, blobs.policies, request, now: now)
        guard let latest = rules.latestCutoff else { return skip(handle) }
        if request.dryRun, !request.keys, request.project == nil, let only = rules.singleRule {
            return try await sum(handle, only, latest)
        }
        let now = now
        if ahead.isEmpty {
            let position = at.position, limit = scanLimit
            ahead = try await blobs.look { try $0.aged(in: handle.id, by: latest, after: position, limit: limit) }
                .map { (handle.id, $0) }[...]
            isLast = ahead.count < limit
        }
        var candidates: [Candidate] = []
        var next = at
        while let (_, entry) = ahead.first, request.dryRun || candidates.count < throttle.size {
            ahead.removeFirst()
            next.done += 1
            next.position = TimePosition(time: entry.modifiedAt, store: handle.id, key: entry.key.bytes)
            let rule = rules.rule(entry.key)
            // What has expired was dealt with, or showed, under that name.
            guard let cutoff = rules.cutoff(rule), entry.modifiedAt <= cutoff, isOfProject(entry.key),
                entry.expiresAt.map({ $0 > now }) ?? true
            else { continue }
            candidates.append(
                Candidate(store: handle, entry: entry, rule: CleanupRules.name(rule), cause: .age, cutoff: cutoff))
        }
        if ahead.isEmpty, isLast {
            next.store = handle.id
            next.position = .start
        }
        return try await remove(candidates, next, job)
    }

    private mutating func skip(_ handle: StoreHandle) -> JobStep {
        at.store = handle.id
        at.position = .start
        return .more(pause: .zero)
    }

    /// A dry run that names no keys needs none: SQLite adds up.
    private mutating func sum(_ handle: StoreHandle, _ rule: Policy.Rule, _ cutoff: Timestamp) async throws -> JobStep {
        let now = now
        let (count, bytes, examples) = try await blobs.look { reader in
            let (count, bytes) = try reader.sumAged(in: handle.id, by: cutoff, now: now)
            return (
                count, bytes,
                try reader.agedExamples(in: handle.id, by: cutoff, now: now, limit: CleanupTally.examplesMax)
            )
        }
        at.tally.add(handle, rule: CleanupRules.name(rule), count: count, bytes: bytes)
        for entry in examples { at.tally.show(handle, rule: CleanupRules.name(rule), entry) }
        at.done += count
        return skip(handle)
    }

    // MARK: Versions

    private mutating func stepVersions(_ stores: [StoreHandle], _ job: JobNumber) async throws -> JobStep {
        // An admin's `olderThan` is about entries, whose versions go with them.
        guard request.olderThan == nil, let handle = stores.first(where: { $0.id > at.store }) else {
            at.phase = .done
            return .done
        }
        let rules = CleanupRules(handle.name, blobs.policies, request, now: now)
        guard let latest = rules.latestVersionCutoff else { return skip(handle) }
        let time = at.position.time, id = at.positionVersion ?? 0, now = now
        let limit = request.dryRun ? Self.dryScanMax : foundVersions ? throttle.size : Self.scanMax
        let versions = try await blobs.look {
            try $0.agedVersions(in: handle.id, by: latest, after: time, id, limit: limit)
        }
        var next = at
        var gone: [AgedVersion] = []
        var looked = 0
        for version in versions where request.dryRun || gone.count < throttle.size {
            looked += 1
            next.position = TimePosition(time: version.replacedAt, store: handle.id, key: [])
            next.positionVersion = version.id
            guard isOfProject(version.key), let cutoff = rules.rule(version.key).versionCutoff(at: now) else {
                continue
            }
            if version.replacedAt <= cutoff { gone.append(version) }
        }
        foundVersions = !gone.isEmpty
        if looked == versions.count, versions.count < limit {
            next.store = handle.id
            next.position = .start
            next.positionVersion = nil
        }
        return try await remove(gone, next, job)
    }

    /// Removes versions, and moves on, in one transaction.
    private mutating func remove(_ versions: [AgedVersion], _ next: CleanupCheckpoint, _ job: JobNumber) async throws
        -> JobStep
    {
        at = next
        if request.dryRun || versions.isEmpty {
            for version in versions { at.tally.addVersion(bytes: version.size) }
            return .more(pause: .zero)
        }
        let begun = self
        let (after, start) = try await blobs.change(.evenWhenFull) { transaction in
            let start = ContinuousClock.now
            var work = begun
            for version in versions where try transaction.removeVersion(version.id) {
                work.at.tally.addVersion(bytes: version.size)
            }
            try job.save(work, in: transaction)
            return (work.at, start)
        }
        at = after
        return .more(pause: throttle.pause(after: ContinuousClock.now - start, remaining: 0, blobs))
    }

    private var scanLimit: Int { request.dryRun ? Self.dryScanMax : Self.scanMax }

    private func isOfProject(_ key: EntryKey) -> Bool {
        request.prefixes.map { $0.contains { key.bytes.starts(with: $0) } } ?? true
    }

    // MARK: Removing

    private struct Candidate: Sendable {
        let store: StoreHandle
        let entry: AgedEntry
        let rule: String
        let cause: RemovalCause
        let cutoff: Timestamp
    }

    /// Removes what is still old, and moves on, in one transaction.
    private mutating func remove(_ candidates: [Candidate], _ next: CleanupCheckpoint, _ job: JobNumber) async throws
        -> JobStep
    {
        if request.dryRun {
            at = next
            for candidate in candidates { at.tally.add(candidate.store, rule: candidate.rule, candidate.entry) }
            return .more(pause: .zero)
        }
        guard !candidates.isEmpty else {
            at = next
            return .more(pause: .zero)
        }
        let begun = self
        let (after, start) = try await blobs.change(.evenWhenFull) { transaction in
            let start = ContinuousClock.now
            var work = begun
            work.at = next
            for candidate in candidates {
                guard
                    let size = try transaction.removeAged(
                        candidate.entry.key, of: candidate.store, candidate.cause, by: candidate.cutoff)
                else { continue }
                let entry = AgedEntry(
                    key: candidate.entry.key, modifiedAt: candidate.entry.modifiedAt, size: size, expiresAt: nil)
                work.at.tally.add(candidate.store, rule: candidate.rule, entry)
            }
            try job.save(work, in: transaction)
            return (work.at, start)
        }
        at = after
        return .more(pause: throttle.pause(after: ContinuousClock.now - start, remaining: at.total - at.done, blobs))
    }
}
