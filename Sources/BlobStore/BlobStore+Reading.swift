import Index
package import LarderModel
import NIOCore
import Objects

extension BlobStore {
    /// The entry, if it is in memory. Never blocks: for event loops.
    func cached(_ name: EntryName) -> CachedEntry? {
        guard let cached = index.cache.entry(name), !cached.entry.isExpired(at: now) else { return nil }
        statistics.cacheHits.add()
        return cached
    }

    /// The entry with its content, if both are in memory. Never blocks.
    package func cachedContent(_ name: EntryName) -> EntryContent? {
        guard let found = cached(name), let stored = found.content else { return nil }
        return EntryContent(found.entry, stored: stored)
    }

    /// The entry without its content; nil when there is none.
    /// - Parameter store: the number of its store, whose name other nodes may change meanwhile; nil: whichever has the
    ///   name.
    package func entry(_ name: EntryName, store: Int64? = nil) async throws -> Entry? {
        try await lookUp(name, store, wantsContent: false)?.entry
    }

    /// The entry with a way to its content; nil when there is none.
    /// - Parameter store: the number of its store, whose name other nodes may change meanwhile; nil: whichever has the
    ///   name.
    /// - Throws: `LarderError` `.corruptEntry` when the content is damaged: nothing of it is given out.
    package func content(_ name: EntryName, store: Int64? = nil) async throws -> EntryContent? {
        guard let found = try await lookUp(name, store, wantsContent: true) else { return nil }
        do { return try await content(found) } catch let error as LarderError {
            // Between the look-up and the opening the entry may have been replaced and its old object collected.
            guard error.code == .corruptEntry, let again = try await lookUp(name, store, wantsContent: true),
                again.entry != found.entry
            else { throw readFailure(error) }
            return try await content(again)
        }
    }

    private func content(_ found: CachedEntry) async throws -> EntryContent {
        let entry = found.entry
        if let stored = found.content { return EntryContent(entry, stored: stored) }
        if objects.givesPlaces { return EntryContent(entry, try await openPlaced(entry)) }
        let locator = ObjectLocator(entry.digest, entry.encoding)
        return EntryContent(entry, try await objects.open(locator, size: entry.size))
    }

    private func lookUp(_ name: EntryName, _ store: Int64?, wantsContent: Bool) async throws -> CachedEntry? {
        guard !isShared || PlantedFault.strikes(.staleCache) else {
            return try await ask(name, store, wantsContent: wantsContent)
        }
        if let cached = cached(name) { return cached }
        statistics.cacheMisses.add()
        let ticket = index.cache.ticket(name)
        let found: CachedEntry?
        do {
            found = try await index.read { reader in
                guard let entry = try reader.entry(name) else { return nil }
                guard entry.placement == .inline else { return CachedEntry(entry, content: nil) }
                return CachedEntry(entry, content: ByteBuffer(bytes: try Self.verifiedInline(entry, reader).stored))
            }
        } catch { throw readFailure(error) }
        guard let found else { return nil }
        if let ticket { index.cache.fill(name, found, ticket) }
        return found.entry.isExpired(at: now) ? nil : found
    }

    /// Asks what a name means, where other nodes may have changed that; small content that is known already is not
    /// read again.
    private func ask(_ name: EntryName, _ store: Int64?, wantsContent: Bool) async throws -> CachedEntry? {
        do {
            guard let found = try await index.lookUp(name, store: store, wantsContent: wantsContent),
                !found.entry.isExpired(at: now)
            else { return nil }
            let entry = found.entry
            guard wantsContent, entry.placement == .inline else { return CachedEntry(entry, content: nil) }
            if let known = found.known {
                statistics.cacheHits.add()
                return CachedEntry(entry, content: known.bytes)
            }
            statistics.cacheMisses.add()
            let stored = ByteBuffer(bytes: try Self.verifiedInline(entry, found.fresh).stored)
            index.contents.keep(ContentCache.Stored(entry.encoding, stored), entry.digest)
            return CachedEntry(entry, content: stored)
        } catch { throw readFailure(error) }
    }

    /// A page of a store; empty for a store that nobody has written to.
    /// - Parameter hold: told of the bytes that it takes in memory, about, before it is handed over; what it throws is
    ///   thrown instead.
    package func list(
        _ store: StoreName, in site: SiteID, _ query: ListQuery,
        hold: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) async throws -> ListPage {
        try await list(hold) { try $0.list(store, in: site, query, now: $1) }
    }

    /// The same of a store by its number, whatever its name is now.
    package func list(
        _ store: StoreHandle, _ query: ListQuery, hold: @escaping @Sendable (Int) throws -> Void
    ) async throws -> ListPage {
        try await list(hold) { try $0.list(store.id, query, now: $1) }
    }

    private func list(
        _ hold: @escaping @Sendable (Int) throws -> Void,
        _ read: @escaping @Sendable (IndexReader, Timestamp) throws -> ListPage
    ) async throws -> ListPage {
        let now = now
        return try await index.read { reader in
            let page = try read(reader, now)
            try hold(page.heldBytes)
            return page
        }
    }
}

extension BlobStore {
    /// All of the plain content of an entry as a look gave it.
    /// - Parameter limit: bytes; a larger one is not read.
    /// - Returns: nil when it is larger, or a log.
    /// - Throws: `LarderError` `.corruptEntry` when the content is damaged, or gone because the entry was replaced
    ///   since.
    package func plainContent(of entry: Entry, limit: Int) async throws -> [UInt8]? {
        guard entry.size <= limit else { return nil }
        switch entry.placement {
        case .log: return nil
        case .inline:
            return try await index.read { reader in try Self.verifiedInline(entry, reader).plain }
        case .file where objects.givesPlaces:
            return try await EntryContent(entry, openPlaced(entry)).collect(limit: limit)
        case .file:
            let locator = ObjectLocator(entry.digest, entry.encoding)
            let content = EntryContent(entry, try await objects.open(locator, size: entry.size))
            return try await content.collect(limit: limit)
        }
    }

    /// The content of an entry that is kept in the index.
    static func verifiedInline(_ entry: Entry, _ reader: IndexReader) throws -> (
        stored: [UInt8], plain: [UInt8]
    ) {
        try verifiedInline(entry, reader.inlineContent(entry.digest))
    }

    /// - Parameter stored: as the index has it; nil: it has none.
    private static func verifiedInline(_ entry: Entry, _ stored: [UInt8]?) throws -> (
        stored: [UInt8], plain: [UInt8]
    ) {
        guard let stored else {
            throw LarderError(
                .corruptEntry, "The content of this entry is missing; write it again.",
                cause: "object \(entry.digest) has no data")
        }
        let plain = try InlineObject.verifiedPlain(
            stored, encoding: entry.encoding, size: entry.size, digest: entry.digest)
        return (stored, plain)
    }
}

extension ListPage {
    /// Bytes that it takes in memory, about.
    fileprivate var heldBytes: Int {
        entries.reduce(0) { $0 + MemoryLayout<Entry>.stride + $1.key.bytes.count + $1.metadata.json.count + 200 }
            + directories.reduce(0) { $0 + $1.count + 50 }
    }
}
