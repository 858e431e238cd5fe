import Disk
import Index
import LarderModel
import Logging
import NIOCore
import Objects

/// The engine: entries are objects plus index rows.
///
/// The order of a write, which is the product (contract §2): content received, hashed, compressed and unpacked again →
/// its file fsynced, renamed, directory fsynced (small content: none of it, it travels in the row) → row committed with
/// an fsync, conditions decided in that same transaction → cache told → caller told.
package final class BlobStore: Sendable {
    package let directory: DataDirectory
    package let policies: PolicyBook
    package let index: EntryIndex
    package let objects: ObjectStore
    /// Where whatever waits for the disk, or computes for long, runs.
    package let pool = DiskPool()
    package let statistics = StoreStatistics()
    package let diskGuard: DiskGuard
    private let logger: Logger
    private let patching = KeyedLock<EntryName>()

    /// A merge patch works on entries up to this size: both sides are held in memory.
    package static let patchMax = 16 << 20
    /// Entries removed in one transaction of a longer removal: others get their turn in between.
    package static let deleteStep = 200

    /// Opens the store in a data directory that this process holds. Blocks.
    /// - Throws: `LarderError` for the person who starts the server.
    /// - Parameter minFree: room on the disk below which nothing is written; nil: the default of ``DiskGuard``.
    package init(
        directory: DataDirectory, policies: PolicyBook, clock: WallClock = .system, minFree: ByteCount? = nil,
        logger: Logger
    ) throws(LarderError) {
        self.directory = directory
        self.policies = policies
        self.logger = logger
        diskGuard = DiskGuard(directory: directory, floor: minFree)
        diskGuard.sample()
        objects = ObjectStore(directory: directory, pool: pool)
        index = try EntryIndex(path: directory.indexPath, clock: clock)
        // SQLite has made its files here, and passes over a failing sync of the directory that names them.
        do { try FileSystem.syncDirectory(directory.path) } catch {
            index.close()
            throw LarderError(.internalError, "can't make the data directory \(directory.path) durable: \(error)")
        }
    }

    /// Looks whether this larder can open the index at a path, before anything is changed. A missing one is fine.
    /// Blocks.
    /// - Throws: `LarderError`, for the person who starts the server, when a newer larder has written it.
    package static func checkVersion(ofIndexAt path: String) throws(LarderError) {
        try EntryIndex.checkVersion(path: path)
    }

    /// Finishes waiting writes and closes. Blocks.
    package func close() { index.close() }

    // MARK: Reading

    /// The entry, if it is in memory. Never blocks: for event loops.
    package func cached(_ name: EntryName) -> CachedEntry? {
        guard let cached = index.cache.entry(name), !cached.entry.isExpired(at: index.clock.now()) else { return nil }
        statistics.cacheHits.add()
        return cached
    }

    /// The entry with its content, if both are in memory. Never blocks.
    package func cachedContent(_ name: EntryName) -> EntryContent? {
        guard let found = cached(name), let stored = found.content else { return nil }
        return EntryContent(found.entry, stored: stored)
    }

    /// The entry without its content; nil when there is none.
    package func entry(_ name: EntryName) async throws -> Entry? { try await lookUp(name)?.entry }

    /// The entry with a way to its content; nil when there is none.
    /// - Throws: `LarderError` `.corruptEntry` when the content is damaged: nothing of it is given out.
    package func content(_ name: EntryName) async throws -> EntryContent? {
        guard let found = try await lookUp(name) else { return nil }
        do { return try await content(found) } catch let error as LarderError {
            // Between the look-up and the opening the entry may have been replaced and its old object collected.
            guard error.code == .corruptEntry, let again = try await lookUp(name), again.entry != found.entry else {
                throw noteReadFailure(error)
            }
            return try await content(again)
        }
    }

    private func content(_ found: CachedEntry) async throws -> EntryContent {
        let entry = found.entry
        if let stored = found.content { return EntryContent(entry, stored: stored) }
        return EntryContent(
            entry, try await objects.open(entry.digest, entry.encoding, size: entry.size), pool: pool)
    }

    private func lookUp(_ name: EntryName) async throws -> CachedEntry? {
        if let cached = cached(name) { return cached }
        statistics.cacheMisses.add()
        let ticket = index.cache.ticket(name)
        let found: CachedEntry?
        do {
            found = try await index.read { reader in
                guard let entry = try reader.entry(name) else { return nil }
                guard entry.placement == .inline else { return CachedEntry(entry, content: nil) }
                guard let stored = try reader.inlineContent(entry.digest) else {
                    throw LarderError(
                        .corruptEntry, "The content of this entry is missing; write it again.",
                        cause: "object \(entry.digest) has no data")
                }
                _ = try InlineObject.verifiedPlain(
                    stored, encoding: entry.encoding, size: entry.size, digest: entry.digest)
                return CachedEntry(entry, content: ByteBuffer(bytes: stored))
            }
        } catch { throw noteReadFailure(error) }
        guard let found else { return nil }
        if let ticket { index.cache.fill(name, found, ticket) }
        return found.entry.isExpired(at: index.clock.now()) ? nil : found
    }

    /// A page of a store; empty for a store that nobody has written to.
    package func list(_ store: StoreName, in site: SiteID, _ query: ListQuery) async throws -> ListPage {
        let now = index.clock.now()
        return try await index.read { try $0.list(store, in: site, query, now: now) }
    }

    // MARK: Writing

    /// Prepares to receive an entry's content.
    /// - Throws: `LarderError` `.entryTooLarge` when the announced size is over the rule's limit, `.readOnly`.
    package func beginWrite(_ request: WriteRequest) throws(LarderError) -> EntryWriter {
        if let refusal = index.readOnlyReason { throw refusal }
        try diskGuard.check()
        let (policy, limit) = try limits(request)
        let writer = ObjectWriter(
            store: objects, contentType: request.entryContentType, compression: policy.compression,
            inlineMax: inlineMax(request.name))
        return EntryWriter(request, limit: limit, store: self, objects: writer)
    }

    /// A watcher reads what it is about inside the writer's transaction, so that is kept in the index up to 1 MiB.
    private func inlineMax(_ name: EntryName) -> Int {
        index.needsContentInIndex(name) ? 1 << 20 : ObjectStore.inlineMax
    }

    private func limits(_ request: WriteRequest) throws(LarderError) -> (Policy, SizeLimit) {
        let policy = policies.policy(for: request.name.store)
        let rule = policies.rule(for: request.name.key, in: policy)
        guard rule.log == nil else {
            throw LarderError(.conflict, "'\(request.name.key)' is a log: append events to it, or PUT the whole array.")
        }
        let limit = SizeLimit(rule, of: policy)
        if let declared = request.declaredSize { try limit.check(declared) }
        return (policy, limit)
    }

    /// Whether ``putSmall(_:_:completion:)`` will take a write of this kind, as far as its announced size tells.
    package func takesSmall(_ request: WriteRequest) -> Bool {
        guard let size = request.declaredSize, size <= ObjectStore.inlineMax, index.readOnlyReason == nil,
            !diskGuard.isFull
        else { return false }
        let policy = policies.policy(for: request.name.store)
        guard policies.rule(for: request.name.key, in: policy).log == nil else { return false }
        return !InlineObject.wantsGzip(Int(size), request.entryContentType, policy.compression)
    }

    /// Writes content that is in memory and small, without a task or a hop: for event loops.
    /// - Parameters:
    ///   - content: at most ``ObjectStore/inlineMax`` bytes.
    ///   - completion: called on the writer's thread, or at once when the write is refused; must not block.
    /// - Returns: false when the content should be compressed first, which takes too long for an event loop; nothing
    ///   was done then.
    package func putSmall(
        _ request: WriteRequest, _ content: ByteBuffer,
        completion: @escaping @Sendable (Result<WriteResult, any Error>) -> Void
    ) -> Bool {
        let policy: Policy, limit: SizeLimit
        do {
            (policy, limit) = try limits(request)
            try limit.check(Int64(content.readableBytes))
        } catch {
            completion(.failure(error))
            return true
        }
        let contentType = request.entryContentType
        if InlineObject.wantsGzip(content.readableBytes, contentType, policy.compression) { return false }
        let staged = InlineObject.stage(Array(content.readableBytesView), contentType: contentType, compression: .never)
        let draft = draft(request, staged)
        let object = Self.object(staged)
        index.write {
            try $0.put(request.name, draft, object)
        } completion: { [self] result in
            completion(
                result.map { put in
                    note(put, staged)
                    return WriteResult(entry: put.entry, isNew: put.isNew)
                })
        }
        return true
    }

    func commit(_ request: WriteRequest, _ staged: StagedObject) async throws -> WriteResult {
        var staged = staged
        // Files of ours in a form that the index does not keep.
        var strays: [ObjectFileName] = []
        // Twice at most: the second time the file has the form that the index keeps.
        for _ in 0..<3 {
            let draft = draft(request, staged)
            let object = Self.object(staged, in: objects)
            do {
                let put = try await index.write { try $0.put(request.name, draft, object) }
                note(put, staged)
                withExtendedLifetime(staged) {}
                if !strays.isEmpty { removeStraysLater(strays) }
                return WriteResult(entry: put.entry, isNew: put.isNew)
            } catch let other as IndexTransaction.KeptOtherwise {
                strays.append(ObjectFileName(digest: staged.digest, encoding: staged.encoding))
                staged = try await recode(staged, to: other.encoding)
            }
        }
        throw LarderError(.unavailable, "The same content is being written in another form; try again in a moment.")
    }

    private func draft(_ request: WriteRequest, _ staged: StagedObject) -> IndexTransaction.Draft {
        let contentType = request.entryContentType
        #if LARDER_PLANTED_FAULTS
        let conditions = comparedEarly(request) ? Preconditions.none : request.conditions
        #else
        let conditions = request.conditions
        #endif
        return IndexTransaction.Draft(
            contentType: contentType, metadata: request.metadata,
            etag: ETag(digest: staged.digest, contentType: contentType, metadata: request.metadata),
            expiry: request.expiry,
            conditions: conditions)
    }

    #if LARDER_PLANTED_FAULTS
    /// A compare-and-set that compares before its transaction begins, and not again in it.
    private func comparedEarly(_ request: WriteRequest) -> Bool {
        guard PlantedFault.earlyCondition.isActive, let known = index.cache.entry(request.name)?.entry else {
            return false
        }
        return (try? request.conditions.checkWrite(current: (known.etag, known.modifiedAt))) != nil
    }
    #endif

    /// What the index is told of staged content.
    /// - Parameter files: where content that was staged in a file can be read again.
    package static func object(_ staged: StagedObject, in files: ObjectStore? = nil) -> IndexTransaction.Object {
        let (inline, plain): ([UInt8]?, [UInt8]?) =
            if case .inline(let stored, let plain) = staged.content { (stored, plain) } else { (nil, nil) }
        let size = staged.size, digest = staged.digest, form = staged.encoding
        return IndexTransaction.Object(
            digest: digest, size: size, storedSize: staged.storedSize, encoding: staged.encoding, inline: inline
        ) { kept, encoding in
            if (try? InlineObject.verifiedPlain(kept, encoding: encoding, size: size, digest: digest)) != nil {
                return nil
            }
            // Where a hook wants it, the index keeps up to 1 MiB that others stage in a file: damage there is rare
            // enough to read it here.
            guard let plain = plain ?? (try? files?.readWhole(digest, form, size: size, limit: Int(size))) else {
                return nil
            }
            return encoding == .gzip ? InlineObject.compress(plain) : plain
        }
    }

    private func note(_ put: IndexTransaction.PutResult, _ staged: StagedObject) {
        if put.wasKnown {
            statistics.dedupHits.add()
            statistics.dedupBytes.add(put.entry.storedSize)
        } else if staged.encoding == .gzip {
            statistics.gzipSavedBytes.add(staged.size - staged.storedSize)
        }
    }

    /// The index keeps this content in a file of the other form: makes ours over into that one, which also heals a
    /// damaged file. Ours may be in memory: for an entry that a hook wants in the index, when others have it in a file.
    private func recode(_ staged: StagedObject, to encoding: Encoding) async throws -> StagedObject {
        let writer = ObjectWriter(
            store: objects, contentType: MediaType.octetStream, compression: encoding == .gzip ? .always : .never,
            inlineMax: 0)
        do {
            if case .inline(_, let plain) = staged.content {
                try await writer.append(ByteBuffer(bytes: plain))
            } else {
                let source = try await objects.open(staged.digest, staged.encoding, size: staged.size)
                let reader = ContentReader(source, .plain, pool: pool)
                while let piece = try await reader.next() { try await writer.append(piece) }
            }
            return try await writer.finish()
        } catch { throw noteWriteFailure(error) }
    }

    // MARK: Changing and removing

    /// Merges a JSON merge patch into an entry (RFC 7396), or makes the entry from it. Nothing another client writes
    /// meanwhile is lost: the result is committed only if the entry is still the one it was made from.
    /// - Throws: `LarderError` `.preconditionFailed`, `.notJSON`, `.entryTooLarge`.
    package func patch(_ name: EntryName, _ patch: [UInt8], conditions: Preconditions) async throws -> WriteResult {
        _ = try limits(WriteRequest(name: name))
        return try await patching.withLock(name) {
            // Patches of one name take turns here, so only other kinds of writes can come between; 100 in a row is no
            // accident.
            for _ in 0..<100 {
                let current = try await content(name)
                try conditions.checkWrite(current: current.map { ($0.entry.etag, $0.entry.modifiedAt) })
                let target: [UInt8]? =
                    if let current { Array(try await current.collect(limit: Self.patchMax).readableBytesView) } else {
                        nil
                    }
                let merged = try MergePatch.apply(patch, to: target)
                let seen = current.map { Preconditions(ifMatch: .tags([$0.entry.etag])) } ?? .onlyIfNew
                var request = WriteRequest(
                    name: name, contentType: current?.entry.contentType ?? MediaType.json,
                    metadata: current?.entry.metadata ?? .none,
                    conditions: seen, declaredSize: Int64(merged.count))
                if let expiresAt = current?.entry.expiresAt { request.expiry = .at(expiresAt) }
                let writer = try beginWrite(request)
                try await writer.append(ByteBuffer(bytes: merged))
                do { return try await writer.finish() } catch let error as LarderError
                    where error.code == .preconditionFailed
                { continue }
            }
            throw LarderError(.conflict, "The entry is written too often to be patched; try again.")
        }
    }

    /// - Returns: whether there was such an entry.
    /// - Throws: `LarderError` `.preconditionFailed`, `.readOnly`.
    package func delete(_ name: EntryName, conditions: Preconditions = .none) async throws -> Bool {
        try await index.write { try $0.delete(name, conditions) }
    }

    /// Removes entries whose keys start with a prefix, in steps that let other writes in between; not atomic as a
    /// whole.
    /// - Parameter limit: at most this many; nil: all there are.
    package func deletePrefix(
        _ prefix: [UInt8], of store: StoreName, in site: SiteID, limit: Int? = nil
    ) async throws -> (deleted: Int, hasMore: Bool) {
        var deleted = 0
        while true {
            let step = min(Self.deleteStep, limit.map { $0 - deleted } ?? Self.deleteStep)
            let result = try await index.write { try $0.deletePrefix(prefix, of: store, in: site, limit: step) }
            deleted += result.deleted
            if !result.hasMore { return (deleted, false) }
            if let limit, deleted >= limit { return (deleted, true) }
        }
    }

    // MARK: Stores

    package func stores(of site: SiteID, after: [UInt8] = [], limit: Int) async throws -> [StoreSummary] {
        try await index.read { try $0.stores(of: site, after: after, limit: limit) }
    }

    package func summary(of store: StoreName, in site: SiteID) async throws -> StoreSummary? {
        try await index.read { try $0.summary(of: store, in: site) }
    }

    // MARK: Failures

    /// A failed fsync ends all writing until a restart; everything else concerns one write only.
    package func noteWriteFailure(_ error: any Error) -> LarderError {
        if let failure = error as? FileSystem.SyncFailure {
            logger.critical("an fsync failed: no more writes until a restart", metadata: ["error": "\(failure)"])
            index.stopWriting(cause: failure.description)
            return index.readOnlyReason ?? .wrapping(error)
        }
        if let failure = error as? FileSystem.Failure { return failure.larderError }
        return .wrapping(error)
    }

    private func noteReadFailure(_ error: any Error) -> LarderError {
        let error = LarderError.wrapping(error)
        if error.code == .corruptEntry {
            logger.error("a stored object is damaged", metadata: ["cause": "\(error.cause ?? "")"])
        }
        return error
    }
}
