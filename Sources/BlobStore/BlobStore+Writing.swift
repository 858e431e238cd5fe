import Index
package import LarderModel
package import NIOCore
import Objects

extension BlobStore {
    /// Plain content up to this size may be kept in the index, and can be written by ``putSmall(_:_:completion:)``.
    package static let smallMax = ObjectStore.inlineMax

    /// Prepares to receive an entry's content.
    /// - Throws: `LarderError` `.entryTooLarge` when the announced size is over the rule's limit, `.readOnly`,
    ///   `.diskFull`; `.unavailable` while writing is paused, and for large content while what keeps it can't be
    ///   reached.
    package func beginWrite(_ request: WriteRequest) throws(LarderError) -> EntryWriter {
        if let refusal = index.readOnlyReason ?? index.pauseReason { throw refusal }
        try diskGuard.check()
        let (policy, limit) = try limits(request)
        let inlineMax = inlineMax(request.name)
        if objects.givesPlaces, request.declaredSize ?? 0 > inlineMax, let trouble = objectTrouble { throw trouble }
        let writer = ObjectWriter(
            store: objects, contentType: request.entryContentType, compression: policy.compression,
            inlineMax: inlineMax)
        return EntryWriter(request, limit: limit, blobs: self, wholeMax: inlineMax, objects: writer)
    }

    /// What a watcher writes in its transactions is kept in the index up to 1 MiB; so is the same when a client writes
    /// it.
    func inlineMax(_ name: EntryName) -> Int {
        index.needsContentInIndex(name) ? 1 << 20 : ObjectStore.inlineMax
    }

    func limits(_ request: WriteRequest) throws(LarderError) -> (Policy, SizeLimit) {
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
        guard let size = request.declaredSize, size <= Self.smallMax, index.readOnlyReason == nil,
            !diskGuard.isFull
        else { return false }
        let policy = policies.policy(for: request.name.store)
        guard policies.rule(for: request.name.key, in: policy).log == nil else { return false }
        // What a watcher has to prepare waits for reads.
        guard watchers(preparing: request.name).isEmpty else { return false }
        return !InlineObject.wantsGzip(Int(size), request.entryContentType, policy.compression)
    }

    /// Writes content that is in memory and small, without a task or a hop: for event loops.
    /// - Parameters:
    ///   - content: at most ``smallMax`` bytes.
    ///   - completion: called on the writer's thread, or at once when the write is refused; must not block.
    /// - Returns: false when the content should be compressed first, which takes too long for an event loop, or a
    ///   watcher has to read first; nothing was done then.
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
        if InlineObject.wantsGzip(content.readableBytes, contentType, policy.compression)
            || !watchers(preparing: request.name).isEmpty
        {
            return false
        }
        let staged = InlineObject.stage(Array(content.readableBytesView), contentType: contentType, compression: .never)
        let draft = draft(request, staged)
        let object = Self.object(staged)
        change(.whileThereIsRoom, foreseeing: [Foresight(request.name, digest: object.digest)]) {
            try $0.put(request.name, draft, object)
        } completion: { [self] result in
            completion(
                result.map { put in
                    count(put, staged)
                    return WriteResult(entry: put.entry, isNew: put.isNew)
                })
        }
        return true
    }

    func draft(_ request: WriteRequest, _ staged: StagedObject) -> IndexTransaction.Draft {
        let contentType = request.entryContentType
        let conditions = comparedEarly(request) ? Preconditions.none : request.conditions
        let policy = policies.policy(for: request.name.store)
        let (expiry, ttl) = policies.rule(for: request.name.key, in: policy).end(request.expiry)
        return IndexTransaction.Draft(
            contentType: contentType, metadata: request.metadata,
            etag: ETag(digest: staged.digest, contentType: contentType, metadata: request.metadata),
            expiry: expiry, ttl: ttl, conditions: conditions, store: request.store)
    }

    /// A compare-and-set that compares before its transaction begins, and not again in it: a defect on purpose.
    private func comparedEarly(_ request: WriteRequest) -> Bool {
        guard PlantedFault.strikes(.earlyCondition), let known = index.cache.entry(request.name)?.entry else {
            return false
        }
        return (try? request.conditions.checkWrite(current: (known.etag, known.modifiedAt))) != nil
    }

    /// What the index is told of staged content.
    static func object(_ staged: StagedObject) -> IndexTransaction.Object {
        let (inline, plain): ([UInt8]?, [UInt8]?) =
            if case .inline(let stored, let plain) = staged.content { (stored, plain) } else { (nil, nil) }
        let size = staged.size, digest = staged.digest
        var place: [UInt8]? = []
        if case .stored(let locator, _) = staged.content { place = staged.isKept ? nil : locator.place }
        return IndexTransaction.Object(
            digest: digest, size: size, storedSize: staged.storedSize, encoding: staged.encoding, inline: inline,
            place: place
        ) { kept, encoding in
            if (try? InlineObject.verifiedPlain(kept, encoding: encoding, size: size, digest: digest)) != nil {
                return nil
            }
            guard let plain else { throw ContentNeeded() }
            return encoding == .gzip ? InlineObject.compress(plain) : plain
        }
    }

    func count(_ put: IndexTransaction.PutResult, _ staged: StagedObject) {
        if put.wasKnown {
            statistics.dedupHits.add()
            statistics.dedupBytes.add(put.entry.storedSize)
        } else if staged.encoding == .gzip {
            statistics.gzipSavedBytes.add(staged.size - staged.storedSize)
        }
    }
}
