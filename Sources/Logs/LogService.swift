import Disk
package import BlobStore
import struct Crypto.SHA256
import Index
package import LarderModel
import NIOCore

/// Logs: entries that only grow, appended to atomically and followed live. Which entries are logs, the policies say.
package final class LogService: Sendable {
    let blobs: BlobStore
    package let hub: FollowerHub
    /// For events that are held for readers.
    let buffers: BufferBudget
    let heldEvents = SharedTable<HeldEvents.Key, HeldEvents>()
    /// Lets one reader of a log at a time read many events.
    let reading = KeyedLock<EntryName>()

    /// The largest whole-array write that is taken in.
    package static let arrayMax = 64 << 20

    package init(blobs: BlobStore, hub: FollowerHub = FollowerHub(), buffers: BufferBudget = BufferBudget()) {
        self.blobs = blobs
        self.hub = hub
        self.buffers = buffers
        blobs.observeCommits { hub.publish($0) }
    }

    /// The rule of a log; nil for an ordinary entry.
    package func rule(_ name: EntryName) -> Policy.Rule? {
        let policy = blobs.policies.policy(for: name.store)
        let rule = blobs.policies.rule(for: name.key, in: policy)
        return rule.log == nil ? nil : rule
    }

    static func shape(metadata: Metadata?) -> IndexTransaction.LogShape {
        IndexTransaction.LogShape(
            metadata: metadata,
            fold: { chain, event in
                var hash = SHA256()
                hash.update(data: chain)
                hash.update(data: event)
                return Array(hash.finalize())
            },
            etag: { chain, first, metadata in
                var hash = SHA256()
                hash.update(data: chain)
                hash.update(data: Array("\(first)\n".utf8))
                hash.update(data: metadata.json)
                guard let tag = ETag(Array(hash.finalize())) else { preconditionFailure("SHA-256 has 32 bytes") }
                return tag
            })
    }

    // MARK: Writing

    /// The largest body of events that ``appendSmall(_:to:idempotencyKey:completion:)`` is meant for: it is parsed in
    /// some ten microseconds, so an event loop may do it.
    package static let smallMax = 4 << 10

    /// Appends events, durably and all or none.
    /// - Parameters:
    ///   - body: JSON: an object or an array of objects.
    ///   - idempotencyKey: 1–200 bytes; the same key on the same log appends once within 24 hours, unless
    ///     ``LogBounds/replies`` others have come since.
    /// - Throws: `LarderError` `.idempotencyMismatch` when the key came with another body before, `.notJSON`,
    ///   `.entryTooLarge`, `.diskFull`, `.readOnly`.
    package func append(_ body: [UInt8], to name: EntryName, idempotencyKey: [UInt8]? = nil) async throws
        -> AppendResult
    {
        let change = try await offLoop(body) { try self.appending(body, to: name, idempotencyKey) }
        return try await blobs.change(.whileThereIsRoom, change)
    }

    /// The same for event loops, without a task or a hop.
    /// - Parameters:
    ///   - body: at most ``smallMax`` bytes.
    ///   - completion: called on the writer's thread, or at once when the append is refused; must not block.
    package func appendSmall(
        _ body: [UInt8], to name: EntryName, idempotencyKey: [UInt8]?,
        completion: @escaping @Sendable (Result<AppendResult, any Error>) -> Void
    ) {
        do {
            let change = try appending(body, to: name, idempotencyKey)
            blobs.change(.whileThereIsRoom, change, completion: completion)
        } catch { completion(.failure(error)) }
    }

    /// The change that an append is, its events checked.
    private func appending(_ body: [UInt8], to name: EntryName, _ idempotencyKey: [UInt8]?) throws(LarderError)
        -> @Sendable (IndexTransaction) throws -> AppendResult
    {
        let rule = try logRule(name)
        if let idempotencyKey, !(1...200).contains(idempotencyKey.count) {
            throw LarderError(.malformedRequest, "An Idempotency-Key has 1 to 200 bytes.")
        }
        let events = try EventParser(rule, maxDepth: blobs.jsonDepth).objectOrArray(body)
        let key = idempotencyKey.map { IdempotencyKey($0, body: Array(SHA256.hash(data: body))) }
        let bounds = LogBounds(rule)
        return { try $0.append(events, to: name, bounds, Self.shape(metadata: nil), idempotencyKey: key) }
    }

    /// Takes a whole array that a client read, grew and wrote back, and appends what is new in it (``MergeRule``).
    /// - Throws: `LarderError` `.notJSON`, `.entryTooLarge`, `.preconditionFailed`.
    package func merge(_ body: [UInt8], into name: EntryName, metadata: Metadata, conditions: Preconditions)
        async throws -> WriteResult
    {
        let rule = try logRule(name)
        let parser = EventParser(rule, maxDepth: blobs.jsonDepth)
        let (events, whole) = try await offLoop(body) { (try parser.array(body), EventParser.fingerprint(body)) }
        let bounds = LogBounds(rule)
        let isNew: Bool = try await blobs.change { transaction in
            let before = try transaction.reader.entry(name)
            _ = try transaction.merge(
                events, body: whole, into: name, bounds, Self.shape(metadata: metadata), conditions: conditions
            ) { memory in MergeRule.readCount(events.map(\.fingerprint), memory) }
            return before == nil
        }
        return WriteResult(
            entry: try await blobs.entry(name) ?? Self.emptyEntry(name, blobs.now), isNew: isNew)
    }

    /// What a write of an empty array to a log without events answers; no such entry is listed.
    private static func emptyEntry(_ name: EntryName, _ now: Timestamp) -> Entry {
        let content = Array("[]".utf8)
        guard let digest = Digest(Array(SHA256.hash(data: content))) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return Entry(
            key: name.key, placement: .log, size: 2, storedSize: 2, encoding: .identity, digest: digest,
            etag: ETag(digest: digest, contentType: MediaType.json, metadata: .none), contentType: MediaType.json,
            metadata: .none,
            createdAt: now, modifiedAt: now, expiresAt: nil)
    }

    private func logRule(_ name: EntryName) throws(LarderError) -> Policy.Rule {
        guard let rule = rule(name) else {
            throw LarderError(.conflict, "The policy of '\(name.store)' does not call '\(name.key)' a log.")
        }
        return rule
    }

    /// Small bodies are parsed where we are; large ones on the disk pool, not to hold up other tasks.
    private func offLoop<R: Sendable>(_ body: [UInt8], _ work: @escaping @Sendable () throws -> R) async throws -> R {
        body.count <= 16 << 10 ? try work() : try await blobs.pool.run(work)
    }

    // MARK: Reading

    /// A page of runs; `next` is the last one that was looked at, where there may be more.
    package struct RunPage: Sendable {
        package let runs: [(head: LogHead, state: RunState)]
        package let next: LogHead?
    }

    /// Runs of a store, last changed first.
    /// - Parameters:
    ///   - state: only runs in that state.
    ///   - contains: only runs with this text in their IDs.
    ///   - since: only runs that changed then or later.
    package func runs(
        of store: StoreName, in site: SiteID, prefix: [UInt8], state: RunState?, contains: SearchText? = nil,
        since: Timestamp? = nil, before: (Timestamp, [UInt8])?, limit: Int
    ) async throws -> RunPage {
        let now = blobs.now
        let policy = blobs.policies.policy(for: store)
        let stalledAfter = policy.rules.lazy.compactMap(\.log).first?.stalledAfter ?? Policy.LogRule().stalledAfter
        let before = before.map { (updatedAt: $0.0, key: $0.1) }
        return try await blobs.look { reader in
            let (heads, next) = try reader.logs(
                of: store, in: site, prefix: prefix, since: since, before: before, limit: limit
            ) { head in
                if let state, head.state(at: now, stalledAfter: stalledAfter) != state { return false }
                return contains.map { text in RunName(head.key).map { text.occurs(in: $0.run.bytes) } ?? false } ?? true
            }
            return RunPage(runs: heads.map { ($0, $0.state(at: now, stalledAfter: stalledAfter)) }, next: next)
        }
    }
}
