import GRDB
import GRDBSQLite
import LarderModel
import NIOCore

/// A write in the one transaction that is open. Used on the writer's thread only, inside the closure it is given to.
///
/// A closure may be run a second time, after a rollback, when another change of its transaction failed half-way: it
/// must not have effects of its own.
package final class IndexTransaction {
    let db: Database
    private let hook: (any EntryHook)?
    /// Changes of logs in this transaction, in their order: for followers, once it is committed.
    package internal(set) var logChanges: [LogChange] {
        get { state.logChanges }
        set { state.logChanges = newValue }
    }
    /// The server's time as this change sees it.
    package internal(set) var now: Timestamp
    var state = State()

    /// What has to be taken back when a change fails.
    struct State {
        /// IDs of stores met in this transaction or an earlier one; stores never go.
        var storeIDs: [StoreKey: Int64] = [:]
        var counters: [Int64: Counters] = [:]
        /// The last state of each name that was changed: nil for removed.
        var changed: [EntryName: CachedEntry?] = [:]
        var logChanges: [LogChange] = []
        /// The last position given to an event; nil: not asked for yet.
        var lastPosition: Int64?
        var postponed: Set<MemoryName> = []
    }

    struct StoreKey: Hashable {
        let site: SiteID
        let store: StoreName
    }

    struct Counters {
        var entries: Int64 = 0
        var bytes: Int64 = 0
        var storedBytes: Int64 = 0
        var removed = StoreSummary.Removed()
    }

    init(_ db: Database, now: Timestamp, hook: (any EntryHook)?, storeIDs: [StoreKey: Int64]) {
        self.db = db
        state.storeIDs = storeIDs
        self.hook = hook
        self.now = now
    }

    package var reader: IndexReader { IndexReader(db: db) }

    var mark: State { state }
    func rollBack(to mark: State) { state = mark }

    // MARK: End of the transaction

    /// What the hook wants to come back to once, at the end of the transaction.
    package var postponed: Set<MemoryName> {
        get { state.postponed }
        set { state.postponed = newValue }
    }

    /// Writes the counters out: one row a store, however many of its entries changed.
    func flush() throws {
        if !state.postponed.isEmpty, let hook {
            let postponed = Array(state.postponed)
            state.postponed = []
            try hook.finish(postponed, in: self)
        }
        if let position = state.lastPosition {
            try db.run("UPDATE log_positions SET last = ?1") { $0.set(1, position) }
        }
        for (id, change) in state.counters {
            try db.run(
                """
                UPDATE stores SET entries = entries + ?2, bytes = bytes + ?3, stored_bytes = stored_bytes + ?4,
                    removed_cap = removed_cap + ?5, removed_cleanup = removed_cleanup + ?6, removed_expired = removed_expired + ?7
                WHERE id = ?1
                """
            ) {
                $0.set(1, id)
                $0.set(2, change.entries)
                $0.set(3, change.bytes)
                $0.set(4, change.storedBytes)
                $0.set(5, change.removed.cap)
                $0.set(6, change.removed.cleanup)
                $0.set(7, change.removed.expired)
            }
        }
    }

    func closeNames(in cache: EntryCache) { for name in state.changed.keys { cache.close(name) } }

    func reopenNames(in cache: EntryCache, committed: Bool) {
        for (name, entry) in state.changed { cache.reopen(name, with: committed ? entry : nil) }
    }

    // MARK: Entries

    /// When an entry is to go by itself.
    package enum Expiry: Sendable {
        case never
        /// Counted from the server's time of the write.
        case after(Duration)
        case at(Timestamp)
    }

    /// What a put needs to know beside the name.
    package struct Draft: Sendable {
        package var contentType: String
        package var metadata: Metadata
        package var etag: ETag
        package var expiry: Expiry
        package var conditions: Preconditions

        package init(contentType: String, metadata: Metadata, etag: ETag, expiry: Expiry, conditions: Preconditions) {
            self.contentType = contentType
            self.metadata = metadata
            self.etag = etag
            self.expiry = expiry
            self.conditions = conditions
        }
    }

    /// Content that is safe already (a file) or becomes safe with this commit (inline).
    package struct Object: Sendable {
        package var digest: Digest
        package var size: Int64
        package var storedSize: Int64
        package var encoding: Encoding
        /// The stored form of small content; nil for a file.
        package var inline: [UInt8]?
        /// Given what the index keeps of the same small content, says what should be there instead; nil when it is
        /// right.
        package var repair: @Sendable (_ kept: [UInt8], Encoding) -> [UInt8]?

        package init(
            digest: Digest, size: Int64, storedSize: Int64, encoding: Encoding, inline: [UInt8]?,
            repair: @escaping @Sendable (_ kept: [UInt8], Encoding) -> [UInt8]?
        ) {
            self.digest = digest
            self.size = size
            self.storedSize = storedSize
            self.encoding = encoding
            self.inline = inline
            self.repair = repair
        }
    }

    /// The object is there already, but in the other form: the caller makes its file in that form and comes again.
    /// Thrown before anything is written.
    package struct KeptOtherwise: Error { package let encoding: Encoding }

    package struct PutResult: Sendable {
        package let entry: Entry
        /// Whether there was none before.
        package let isNew: Bool
        /// Whether the content was there already.
        package let wasKnown: Bool
    }

    /// Writes an entry whole: content, metadata, type and ETag change together.
    /// - Parameter notifying: whether the hook is to hear of it.
    /// - Throws: `LarderError` `.preconditionFailed`; ``KeptOtherwise``; what the hook throws. Nothing has changed
    ///   then.
    package func put(_ name: EntryName, _ draft: Draft, _ object: Object, notifying: Bool = true) throws -> PutResult {
        let old = try knownStoreID(name.site, name.store).flatMap { try row($0, name.key) }
        let current = old.flatMap { $0.expiresAt.map { $0 <= now } ?? false ? nil : $0 }
        try draft.conditions.checkWrite(current: current.map { ($0.etag, $0.modifiedAt) })
        let store = try storeID(name.site, name.store)
        if let old, old.isLog { try emptyLog(store, name) }
        let (kept, wasKnown) = try reference(object, unlessHeldBy: old)
        #if LARDER_PLANTED_FAULTS
        var draft = draft
        if PlantedFault.keepOldType.isActive, current != nil, let type = try reader.entry(name)?.contentType {
            draft.contentType = type
        }
        #endif
        let entry = Entry(
            key: name.key, placement: kept.isInline ? .inline : .file, size: object.size, storedSize: kept.storedSize,
            encoding: kept.encoding,
            digest: object.digest, etag: draft.etag, contentType: draft.contentType, metadata: draft.metadata,
            createdAt: current?.createdAt ?? now, modifiedAt: now, expiresAt: expiryTime(draft.expiry))
        try write(entry, store, object: kept.id)
        if let old, old.object != kept.id { try release(old.object) }
        count(store) {
            $0.entries += old == nil ? 1 : 0
            $0.bytes += entry.size - (old?.size ?? 0)
            $0.storedBytes += entry.storedSize - (old?.storedSize ?? 0)
            if old != nil, current == nil { $0.removed.expired += 1 }
        }
        state.changed[name] = .some(
            CachedEntry(entry, content: kept.isInline ? kept.content.map { ByteBuffer(bytes: $0) } : nil))
        if notifying, let hook, hook.concerns(name) { try hook.entryChanged(name, to: entry, in: self) }
        // The hook may have put something else in its place.
        let result = notifying ? state.changed[name].flatMap { $0 }?.entry ?? entry : entry
        return PutResult(entry: result, isNew: current == nil, wasKnown: wasKnown)
    }

    private func expiryTime(_ expiry: Expiry) -> Timestamp? {
        switch expiry {
        case .never: nil
        case .after(let duration): now + duration
        case .at(let time): time
        }
    }

    /// Removes an entry.
    /// - Returns: whether there was one.
    /// - Throws: `LarderError` `.preconditionFailed`.
    package func delete(_ name: EntryName, _ conditions: Preconditions = .none) throws -> Bool {
        let store = try knownStoreID(name.site, name.store)
        let old = try store.flatMap { try row($0, name.key) }
        let current = old.flatMap { $0.expiresAt.map { $0 <= now } ?? false ? nil : $0 }
        try conditions.checkWrite(current: current.map { ($0.etag, $0.modifiedAt) })
        guard let store, let old else { return false }
        #if LARDER_PLANTED_FAULTS
        if PlantedFault.deleteWithoutRow.isActive {
            state.changed[name] = .some(nil)
            return current != nil
        }
        #endif
        try remove(store, name, old)
        if current == nil { count(store) { $0.removed.expired += 1 } }
        return current != nil
    }

    /// Removes entries whose keys start with a prefix, in key order, at most `limit`: a bounded step of a longer work.
    /// - Returns: how many that were not expired went, and whether there are more.
    package func deletePrefix(_ prefix: [UInt8], of store: StoreName, in site: SiteID, limit: Int) throws -> (
        deleted: Int, hasMore: Bool
    ) {
        guard let id = try reader.storeID(site, store) else { return (0, false) }
        var found: [(EntryName, EntryRow)] = []
        try db.each(
            "SELECT \(EntryRow.columns), key FROM entries WHERE store = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4"
        ) {
            $0.set(1, id)
            $0.set(2, prefix)
            $0.set(3, prefix.endOfPrefix ?? [0xFF])
            $0.set(4, limit + 1)
        } _: {
            found.append(
                (
                    EntryName(site: site, store: store, key: EntryKey(trusted: $0.bytes(EntryRow.columnCount))),
                    try EntryRow($0)
                ))
            return true
        }
        var deleted = 0
        for (name, row) in found.prefix(limit) {
            try remove(id, name, row)
            let isExpired = row.expiresAt.map { $0 <= now } ?? false
            if isExpired { count(id) { $0.removed.expired += 1 } } else { deleted += 1 }
        }
        return (deleted, found.count > limit)
    }

    // MARK: Rows

    /// What a write needs of the row it replaces.
    struct EntryRow {
        static let columns = "object, size, stored_size, etag, created_at, modified_at, expires_at, placement"
        static let columnCount: Int32 = 8

        let object: Int64?
        let size, storedSize: Int64
        let etag: ETag
        let createdAt, modifiedAt: Timestamp
        let expiresAt: Timestamp?
        let isLog: Bool

        init(_ row: SQLRow) throws {
            object = row.isNull(0) ? nil : row.int64(0)
            size = row.int64(1)
            storedSize = row.int64(2)
            etag = try row.etag(3)
            createdAt = row.timestamp(4)
            modifiedAt = row.timestamp(5)
            expiresAt = row.timestampIfAny(6)
            isLog = row.int(7) == Placement.log.rawValue
        }
    }

    func row(_ store: Int64, _ key: EntryKey) throws -> EntryRow? {
        try db.one("SELECT \(EntryRow.columns) FROM entries WHERE store = ?1 AND key = ?2") {
            $0.set(1, store)
            $0.set(2, key.bytes)
        } _: {
            try EntryRow($0)
        }
    }

    func write(_ entry: Entry, _ store: Int64, object: Int64?) throws {
        try db.run(
            """
            INSERT INTO entries (store, key, placement, object, size, stored_size, encoding, digest, etag, content_type, metadata,
                created_at, modified_at, expires_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT (store, key) DO UPDATE SET placement = ?3, object = ?4, size = ?5, stored_size = ?6, encoding = ?7, digest = ?8,
                etag = ?9, content_type = ?10, metadata = ?11, created_at = ?12, modified_at = ?13, expires_at = ?14
            """
        ) {
            $0.set(1, store)
            $0.set(2, entry.key.bytes)
            $0.set(3, entry.placement.rawValue)
            if let object { $0.set(4, object) } else { $0.set(4, Optional<Timestamp>.none) }
            $0.set(5, entry.size)
            $0.set(6, entry.storedSize)
            $0.set(7, entry.encoding.rawValue)
            $0.set(8, entry.digest)
            $0.set(9, entry.etag)
            $0.set(10, entry.contentType)
            $0.set(11, entry.metadata.json)
            $0.set(12, entry.createdAt)
            $0.set(13, entry.modifiedAt)
            $0.set(14, entry.expiresAt)
        }
    }

    func remove(_ store: Int64, _ name: EntryName, _ row: EntryRow) throws {
        try db.run("DELETE FROM entries WHERE store = ?1 AND key = ?2") {
            $0.set(1, store)
            $0.set(2, name.key.bytes)
        }
        try release(row.object)
        if row.isLog { try emptyLog(store, name) }
        count(store) {
            $0.entries -= 1
            $0.bytes -= row.size
            $0.storedBytes -= row.storedSize
        }
        state.changed[name] = .some(nil)
        if let hook, hook.concerns(name) { try hook.entryChanged(name, to: nil, in: self) }
    }

    // MARK: Objects

    private struct KeptObject {
        let id: Int64
        let encoding: Encoding
        let storedSize: Int64
        let isInline: Bool
        /// The stored form, when it is inline.
        let content: [UInt8]?
    }

    /// Takes a reference to the object in this transaction, making its row when there is none.
    private func reference(_ object: Object, unlessHeldBy old: EntryRow?) throws -> (KeptObject, wasKnown: Bool) {
        // New content is the common case, so the insert comes first: it finds out on its way whether the object is
        // there.
        try db.run(
            """
            INSERT INTO objects (digest, size, stored_size, encoding, refs, data) VALUES (?1, ?2, ?3, ?4, 1, ?5) ON CONFLICT (digest) DO NOTHING
            """
        ) {
            $0.set(1, object.digest)
            $0.set(2, object.size)
            $0.set(3, object.storedSize)
            $0.set(4, object.encoding.rawValue)
            $0.set(5, object.inline)
        }
        if sqlite3_changes(db.sqliteConnection) == 1 {
            let made = KeptObject(
                id: db.lastInsertedRowID, encoding: object.encoding, storedSize: object.storedSize,
                isInline: object.inline != nil,
                content: object.inline)
            return (made, false)
        }
        let found = try db.one("SELECT id, encoding, stored_size, data FROM objects WHERE digest = ?1") {
            $0.set(1, object.digest)
        } _: {
            KeptObject(
                id: $0.int64(0), encoding: try $0.encoding(1), storedSize: $0.int64(2), isInline: !$0.isNull(3),
                content: $0.isNull(3) ? nil : $0.bytes(3))
        }
        guard var known = found else { throw IndexDamage(what: "an object that is there and is not") }
        if !known.isInline, known.encoding != object.encoding { throw KeptOtherwise(encoding: known.encoding) }
        if let content = known.content, let repaired = object.repair(content, known.encoding) {
            try db.run("UPDATE objects SET data = ?2, stored_size = ?3 WHERE id = ?1") {
                $0.set(1, known.id)
                $0.set(2, repaired)
                $0.set(3, repaired.count)
            }
            known = KeptObject(
                id: known.id, encoding: known.encoding, storedSize: Int64(repaired.count), isInline: true,
                content: repaired)
        }
        if old?.object != known.id {
            try db.run("UPDATE objects SET refs = refs + 1, unreferenced_at = NULL WHERE id = ?1") {
                $0.set(1, known.id)
            }
        }
        return (known, true)
    }

    /// Lets go of a reference. Small content goes at once with its last one; a file stays until collection, which waits
    /// out a grace period.
    func release(_ object: Int64?) throws {
        guard let object else { return }
        // Small content with one reference is the common case: gone at once, without a way through the index of
        // unreferenced objects.
        try db.run("DELETE FROM objects WHERE id = ?1 AND refs = 1 AND data IS NOT NULL") { $0.set(1, object) }
        guard sqlite3_changes(db.sqliteConnection) == 0 else { return }
        try db.run("UPDATE objects SET refs = refs - 1, unreferenced_at = ?2 WHERE id = ?1") {
            $0.set(1, object)
            $0.set(2, now)
        }
    }

    // MARK: Stores

    /// The store's ID; nil when nobody has written to it.
    private func knownStoreID(_ site: SiteID, _ store: StoreName) throws -> Int64? {
        let key = StoreKey(site: site, store: store)
        if let id = state.storeIDs[key] { return id }
        let id = try reader.storeID(site, store)
        if let id { state.storeIDs[key] = id }
        return id
    }

    /// The store's ID; made when this is its first write.
    func storeID(_ site: SiteID, _ store: StoreName) throws -> Int64 {
        let key = StoreKey(site: site, store: store)
        if let id = state.storeIDs[key] { return id }
        let id: Int64
        if let known = try knownStoreID(site, store) {
            id = known
        } else {
            try db.run("INSERT INTO stores (site, name, created_at) VALUES (?1, ?2, ?3)") {
                $0.set(1, site.text)
                $0.set(2, store.bytes)
                $0.set(3, now)
            }
            id = db.lastInsertedRowID
        }
        state.storeIDs[key] = id
        return id
    }

    func count(_ store: Int64, _ change: (inout Counters) -> Void) {
        change(&state.counters[store, default: Counters()])
    }
}
