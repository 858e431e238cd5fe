import Disk
package import BlobStore
import Hashing
import Index
package import LarderModel
import NIOCore
import Vaults

/// Logs: entries that only grow, appended to atomically and followed live. Which entries are logs, the policies say.
package final class LogService: Sendable {
    let blobs: BlobStore
    package let hub: FollowerHub
    /// nil: no other process has the index open.
    let nodes: NodeFollowing?
    /// For events that are held for readers.
    let buffers: BufferBudget
    let heldEvents = SharedTable<HeldEvents.Key, HeldEvents>()
    /// An array of more bytes is never in memory as a whole: it is read while it goes out.
    package let heldMax: Int64
    /// Lets one reader of a log at a time read many events.
    let reading = KeyedLock<EntryName>()

    /// The largest whole-array write that is taken in.
    package static let arrayMax = 64 << 20

    /// Bytes of a whole-array write to a log of this rule: twice what it may keep, and at most ``arrayMax``.
    package static func arrayLimit(_ rule: Policy.Rule) -> Int {
        let events = Int64(rule.log?.maxEvents ?? 1_000_000)
        let kept = min(events * (rule.maxSize.bytes + 1), rule.log?.maxBytes?.bytes ?? .max)
        return Int(min(Int64(arrayMax), 2 * min(kept, Int64(arrayMax)) + 1_000))
    }

    package init(
        blobs: BlobStore, hub: FollowerHub = FollowerHub(), buffers: BufferBudget = BufferBudget(),
        heldMax: Int64 = heldMaxDefault
    ) {
        self.blobs = blobs
        self.heldMax = heldMax
        self.hub = hub
        self.buffers = buffers
        let nodes = blobs.isShared ? NodeFollowing(blobs, hub) : nil
        self.nodes = nodes
        if let nodes {
            hub.whenLeft { [weak nodes] in nodes?.left($0) }
            blobs.observeCommits { [weak nodes] changes in nodes?.committed(changes) }
            blobs.observeNews { [weak nodes] news in nodes?.heard(news) }
        } else {
            blobs.observeCommits { changes in hub.publish(changes) }
        }
        blobs.observeAvailability { isAway in if isAway { hub.dismissAll() } }
    }

    /// The rule of a log; nil for an ordinary entry.
    package func rule(_ name: EntryName) -> Policy.Rule? {
        let policy = blobs.policies.policy(for: name.store)
        let rule = blobs.policies.rule(for: name.key, in: policy)
        return rule.log == nil ? nil : rule
    }

    /// - Parameter expiry: what the write itself asks for.
    static func shape(_ rule: Policy.Rule, expiry: Expiry = .never) -> IndexTransaction.LogShape {
        let (expiry, ttl) = rule.end(expiry)
        return IndexTransaction.LogShape(
            isRun: rule.log?.states == .run, expiry: expiry, ttl: ttl,
            fold: { chain, event in
                var hash = SHA256()
                hash.update(data: chain)
                hash.update(data: event)
                return hash.finalize()
            },
            etag: { chain, first, metadata in
                var hash = SHA256()
                hash.update(data: chain)
                hash.update(data: Array("\(first)\n".utf8))
                hash.update(data: metadata.json)
                guard let tag = ETag(hash.finalize()) else { preconditionFailure("SHA-256 has 32 bytes") }
                return tag
            })
    }

    // MARK: Writing

    /// The largest body of events that ``appendSmall(_:to:_:completion:)`` is meant for: it is parsed in
    /// some ten microseconds, so an event loop may do it.
    package static let smallMax = 4 << 10

    /// Appends events, durably and all or none.
    /// - Parameter body: JSON: an object or an array of objects.
    /// - Throws: `LarderError` `.notALog`, `.idempotencyMismatch` when the key came with another body before,
    ///   `.preconditionFailed`, `.notJSON`, `.invalidDocument`, `.entryTooLarge`, `.diskFull`, `.readOnly`.
    package func append(_ body: [UInt8], to name: EntryName, _ wish: AppendWish = AppendWish()) async throws
        -> AppendResult
    {
        let change = try await offLoop(body) { try self.appending(body, to: name, wish) }
        return try await blobs.change(.whileThereIsRoom, foreseeing: [Foresight(name, isLog: true)], change)
    }

    /// The same for event loops, without a task or a hop.
    /// - Parameters:
    ///   - body: at most ``smallMax`` bytes.
    ///   - completion: called on the writer's thread, or at once when the append is refused; must not block.
    package func appendSmall(
        _ body: [UInt8], to name: EntryName, _ wish: AppendWish,
        completion: @escaping @Sendable (Result<AppendResult, any Error>) -> Void
    ) {
        do {
            let change = try appending(body, to: name, wish)
            blobs.change(.whileThereIsRoom, foreseeing: [Foresight(name, isLog: true)], change, completion: completion)
        } catch { completion(.failure(error)) }
    }

    /// Appends events that come a line each.
    /// - Parameter isPartial: whether bad lines are left out instead of refusing all.
    /// - Returns: also the bad lines, from 1, and what is wrong with each.
    /// - Throws: as ``append(_:to:_:)``, naming the line.
    package func appendLines(_ body: [UInt8], to name: EntryName, _ wish: AppendWish, isPartial: Bool) async throws -> (
        result: AppendResult, refused: [(line: Int, error: LarderError)]
    ) {
        let rule = try logRule(name)
        let parser = parser(name, rule)
        let (events, refused) = try await offLoop(body) { try parser.lines(body, isPartial: isPartial) }
        let change = try appending(events, of: body, to: name, rule, wish)
        return (try await blobs.change(.whileThereIsRoom, foreseeing: [Foresight(name, isLog: true)], change), refused)
    }

    private func parser(_ name: EntryName, _ rule: Policy.Rule) -> EventParser {
        EventParser(rule, VaultService.maker(of: name.store, blobs.policies), maxDepth: blobs.jsonDepth)
    }

    /// The change that an append is, its events checked.
    private func appending(_ body: [UInt8], to name: EntryName, _ wish: AppendWish) throws(LarderError)
        -> @Sendable (IndexTransaction) throws -> AppendResult
    {
        let rule = try logRule(name)
        try wish.check()
        let events = try parser(name, rule).objectOrArray(body)
        return try appending(events, of: body, to: name, rule, wish)
    }

    private func appending(
        _ events: [NewLogEvent], of body: [UInt8], to name: EntryName, _ rule: Policy.Rule, _ wish: AppendWish
    ) throws(LarderError) -> @Sendable (IndexTransaction) throws -> AppendResult {
        try wish.check()
        let key = wish.idempotencyKey.map { IdempotencyKey($0, body: SHA256.hash(data: body)) }
        let bounds = LogBounds(rule), shape = Self.shape(rule, expiry: wish.expiry), conditions = wish.conditions
        return { try $0.append(events, to: name, bounds, shape, idempotencyKey: key, conditions: conditions) }
    }

    /// Takes a whole array that a client read, grew and wrote back, and appends what is new in it (``MergeRule``).
    /// - Parameters:
    ///   - metadata: nil: it stays.
    ///   - store: the number that the store must still have; nil: whichever store has the name.
    /// - Throws: `LarderError` `.notJSON`, `.entryTooLarge`, `.preconditionFailed`; `.unavailable` when the store has
    ///   another number.
    package func merge(
        _ body: [UInt8], into name: EntryName, metadata: Metadata?, expiry: Expiry = .never, conditions: Preconditions,
        store: Int64? = nil
    ) async throws -> WriteResult {
        let change = try await merging(
            body, into: name, metadata: metadata, expiry: expiry, conditions: conditions, store: store)
        // What it answers is read in the same transaction: behind the commit nothing may fail any more.
        let (entry, isNew) = try await blobs.change(
            .whileThereIsRoom, foreseeing: [Foresight(name, isLog: true)]
        ) { transaction in
            let isNew = try change(transaction)
            return (try transaction.reader.entry(name), isNew)
        }
        return WriteResult(entry: entry ?? Self.emptyEntry(name, blobs.now), isNew: isNew)
    }

    /// Such a write, to be committed with others.
    /// - Parameter store: the number that the store must still have; nil: whichever store has the name.
    /// - Throws: `LarderError` `.notJSON`, `.entryTooLarge`.
    package func bulkMerge(
        _ body: [UInt8], into name: EntryName, metadata: Metadata, expiry: Expiry, store: Int64?
    ) async throws -> BulkChange {
        let change = try await merging(
            body, into: name, metadata: metadata, expiry: expiry, conditions: .none, store: store)
        return BulkChange { _ = try change($0) }
    }

    /// The change that such a write is, its events checked.
    /// - Returns: it gives whether there was no such entry before.
    private func merging(
        _ body: [UInt8], into name: EntryName, metadata: Metadata?, expiry: Expiry, conditions: Preconditions,
        store: Int64?
    ) async throws -> @Sendable (IndexTransaction) throws -> Bool {
        let rule = try logRule(name)
        let parser = parser(name, rule)
        let (events, whole) = try await offLoop(body) { (try parser.array(body), EventParser.fingerprint(body)) }
        let bounds = LogBounds(rule), shape = Self.shape(rule, expiry: expiry)
        return { transaction in
            try transaction.checkStore(name, is: store)
            let before = try transaction.reader.entry(name)
            _ = try transaction.merge(
                events, body: whole, into: name, bounds, shape, metadata: metadata, conditions: conditions
            ) { memory in MergeRule.readCount(events.map(\.fingerprint), memory) }
            return before.map { $0.isExpired(at: transaction.now) } ?? true
        }
    }

    /// What a write of an empty array to a log without events answers; no such entry is listed.
    private static func emptyEntry(_ name: EntryName, _ now: Timestamp) -> Entry {
        let content = Array("[]".utf8)
        guard let digest = Digest(SHA256.hash(data: content)) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return Entry(
            key: name.key, placement: .log, size: 2, storedSize: 2, encoding: .identity, digest: digest,
            etag: ETag(digest: digest, contentType: MediaType.json, metadata: .none), contentType: MediaType.json,
            metadata: .none,
            createdAt: now, modifiedAt: now, expiresAt: nil)
    }

    /// - Throws: `LarderError` `.notALog`.
    package func logRule(_ name: EntryName) throws(LarderError) -> Policy.Rule {
        guard let rule = rule(name) else {
            throw LarderError(
                .notALog,
                "'\(name.key)' is no log: the rule of the store '\(name.store)' for it does not say log: true.")
        }
        return rule
    }

    /// Small bodies are parsed where we are; large ones on the disk pool, not to hold up other tasks.
    func offLoop<R: Sendable>(_ body: [UInt8], _ work: @escaping @Sendable () throws -> R) async throws -> R {
        body.count <= 16 << 10 ? try work() : try await blobs.pool.run(work)
    }
}
