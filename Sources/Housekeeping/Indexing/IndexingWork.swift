import BlobStore
import Index
package import LarderModel
import Vaults

/// Makes the items of a vault out of what it holds, key by key. What clients write meanwhile makes its own items, and
/// what this has read then is read again. Until it has come to its end the vault answers no question.
package struct IndexingWork: JobWork {
    private let request: IndexingRequest
    private let blobs: BlobStore
    private let site: SiteID
    private let store: StoreName
    private var at: IndexingCheckpoint
    private var throttle: Throttle
    private var isCounted = false

    /// Events of a log in one step, and their bytes.
    private static let eventsMax = 256
    private static let eventBytesMax = 1 << 20

    init(_ request: IndexingRequest, _ job: JobRecord, _ blobs: BlobStore) throws {
        self.request = request
        self.blobs = blobs
        site = try SiteID(request.site)
        guard let name = [UInt8](hex: request.nameHex) else {
            throw LarderError(.internalError, "The job's store has no name.")
        }
        store = try StoreName(bytes: name)
        throttle = Throttle(sizes: 8...512, isUrgent: job.isUrgent)
        at =
            job.checkpoint.isEmpty
            ? IndexingCheckpoint() : try JobJSON.decode(IndexingCheckpoint.self, job.checkpoint)
    }

    package var progress: JobProgress { JobProgress(done: at.done, total: max(at.total, at.done)) }
    package var checkpoint: [UInt8] { get throws { try JobJSON.encode(at) } }
    /// `{"store","items"}`
    package var result: [UInt8] {
        var out = JSONWriter()
        out.object {
            $0.field("store", request.name)
            $0.field("items", at.items)
        }
        return out.bytes
    }
    package var isNoteworthy: Bool { at.items > 0 }

    package mutating func step(_ job: JobNumber) async throws -> JobStep {
        guard let index = blobs.policies.policy(for: store).index else { return .done }
        let id = request.store
        if !isCounted {
            isCounted = true
            at.total = at.done + (try await blobs.look { try $0.entryCount(of: id) })
            try await blobs.change(.evenWhenFull) { transaction in
                try transaction.makeVault(id, index.rule, isWhole: false)
                try job.check(in: transaction)
            }
        }
        let maker = ItemMaker(index)
        if let key = at.key.flatMap([UInt8].init(hex:)), let sequence = at.sequence {
            return try await indexLog(try EntryKey(bytes: key), after: sequence, maker, job)
        }
        let site = site, store = store, after = at.key.flatMap([UInt8].init(hex:))
        let next = try await blobs.look { try $0.firstEntry(behind: after, of: store, in: site) }
        guard let next else {
            let work = self
            try await blobs.change(.evenWhenFull) { transaction in
                try transaction.makeVault(id, index.rule, isWhole: true)
                try job.save(work, in: transaction)
            }
            return .done
        }
        if next.placement == .log { return try await indexLog(next.key, after: 0, maker, job) }
        return try await indexEntry(next, maker, job)
    }

    private mutating func indexEntry(_ entry: Entry, _ maker: ItemMaker, _ job: JobNumber) async throws -> JobStep {
        let content = try await content(of: entry)
        let item = content.flatMap { maker.item(of: $0, entry.contentType, entry.metadata, at: entry.modifiedAt) }
        var next = at
        next.key = entry.key.bytes.hex
        next.done += 1
        next.items += item == nil ? 0 : 1
        var work = self
        work.at = next
        let name = EntryName(site: site, store: store, key: entry.key), planned = work
        try await blobs.change(.evenWhenFull) { transaction in
            // Written meanwhile: that has made its own item.
            if try transaction.reader.entry(name)?.etag == entry.etag { try transaction.setItem(item, of: name) }
            try job.save(planned, in: transaction)
        }
        at = next
        return .more(pause: throttle.pause(after: .zero, remaining: at.total - at.done, blobs))
    }

    /// - Returns: nil: it is too large, or damaged: then it is not found, and all others are.
    private func content(of entry: Entry) async throws -> [UInt8]? {
        do {
            return try await blobs.plainContent(of: entry, limit: ItemMaker.contentMax)
        } catch let error as LarderError where error.code == .corruptEntry { return nil }
    }

    private mutating func indexLog(
        _ key: EntryKey, after sequence: Int64, _ maker: ItemMaker, _ job: JobNumber
    ) async throws -> JobStep {
        let name = EntryName(site: site, store: store, key: key)
        let events = try await blobs.look {
            try $0.logEvents(name, after: sequence, limit: Self.eventsMax, byteLimit: Self.eventBytesMax)
        }
        let items = events.map { ($0.sequence, maker.item(ofKept: $0)) }
        var next = at
        next.key = key.bytes.hex
        next.sequence = events.last?.sequence
        next.items += Int64(items.count { $0.1 != nil })
        if events.isEmpty { next.done += 1 }
        var work = self
        work.at = next
        let planned = work
        let begun = try await blobs.change(.evenWhenFull) { transaction in
            let begun = ContinuousClock.now
            let kept = Set(try transaction.reader.logEvents(name, after: sequence, limit: items.count).map(\.sequence))
            // What was forgotten meanwhile is not brought back.
            for (sequence, item) in items where kept.contains(sequence) {
                try transaction.setItem(item, sequence, of: name)
            }
            try job.save(planned, in: transaction)
            return begun
        }
        at = next
        return .more(
            pause: throttle.pause(after: ContinuousClock.now - begun, remaining: at.total - at.done, blobs))
    }
}
