package import LarderModel

/// A write in the one transaction that is open. Used on the writer's thread only, inside the closure it is given to.
///
/// A closure may be run a second time, after a rollback, when another change of its transaction failed half-way: it
/// must not have effects of its own.
package final class IndexTransaction {
    let db: any SQLSession
    let watchers: [any EntryWatcher]
    /// Changes of logs in this transaction, in their order: for followers, once it is committed.
    package internal(set) var logChanges: [LogChange] {
        get { state.logChanges }
        set { state.logChanges = newValue }
    }
    /// The server's time as this change sees it.
    package internal(set) var now: Timestamp
    /// What was read for watchers before this change began; whoever makes the change sets it and takes it away.
    package var preparations: [any Sendable] = []
    var state = State()

    /// What has to be taken back when a change fails.
    struct State {
        /// IDs of stores met in this transaction or an earlier one; a store that is removed keeps its own.
        var storeIDs: [StoreKey: Int64] = [:]
        var counters: [Int64: Counters] = [:]
        /// The last state of each name that was changed: nil for removed.
        var changed: [EntryName: CachedEntry?] = [:]
        var logChanges: [LogChange] = []
        /// What is known of rows that its changes are about to look at.
        var foreseen = Foreseen()
        /// References that the change under way has taken, and that its objects' rows do not say yet.
        var references: [Int64: Int] = [:]
        /// Bytes of content and of events that were written.
        var contentBytes = 0
        /// The last position given to an event, and behind which they began; nil: not asked for yet.
        var positions: (first: Int64, last: Int64)?
        /// Stores that have another name behind it, or none: by their names before.
        var movedStores: Set<StoreKey> = []
        /// Namespaces that are new or have another name; nil: removed.
        var namespaces: [NamespaceID: StoreHandle?] = [:]
        /// Whether tokens, secrets or sessions are others behind it.
        var hasChangedAccess = false
        /// Numbers of jobs that it began, changed or ended.
        var changedJobs: Set<Int64> = []
        /// What each kind of watcher comes back to at the end: a set of its `Postponed`, by the watcher's type.
        var postponed: [ObjectIdentifier: Any] = [:]
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

    /// The number of this node: what a store holds is counted apart for each.
    package let node: Int64
    /// Which versions of an entry the rules keep.
    let keptVersions: VersionRule
    /// By which rule items of a store are made.
    let vaultRule: VaultRule
    /// What stores' numbers were at last: true where nobody else changes them, else to be asked for.
    let guessedStores: [StoreKey: Int64]

    init(
        _ db: any SQLSession, now: Timestamp, watchers: [any EntryWatcher], node: Int64, storeIDs: [StoreKey: Int64],
        keptVersions: @escaping VersionRule = { _ in nil }, vaultRule: @escaping VaultRule = { _ in nil }
    ) {
        self.db = db
        self.keptVersions = keptVersions
        self.vaultRule = vaultRule
        self.node = node
        guessedStores = storeIDs
        if !db.isRemote { state.storeIDs = storeIDs }
        self.watchers = watchers
        self.now = now
    }

    package var reader: IndexReader { IndexReader(db: db) }

    // MARK: Beside other nodes

    /// Sees to it that no other node changes anything meanwhile: for rules that hold only while nobody writes beside
    /// them. All of the transaction is begun again for it where need be.
    package func runAlone() throws {
        guard !db.isAlone else { return }
        throw SQLFailure(.crowded, "this change has to be made alone")
    }

    /// Sees to it that of two changes that call it for the same thing beside each other one is made behind the other.
    package func contend(for thing: [UInt8]) throws { try db.contend(for: thing) }

    var mark: State { state }
    func rollBack(to mark: State) { state = mark }

    // MARK: End of the transaction

    /// Has watchers finish, and writes the counters out: one row a store and node, however many of its entries changed.
    func flush() throws {
        try finishWatchers()
        try settleReferences()
        if let positions = state.positions, !db.numbersTransactions {
            try db.run("UPDATE log_positions SET last = ?1") { $0.set(1, positions.last) }
        }
        for (id, change) in state.counters {
            try db.run(
                """
                INSERT INTO store_counts AS c (store, node, entries, bytes, stored_bytes, removed_cap, removed_cleanup,
                    removed_expired)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT (store, node) DO UPDATE SET entries = c.entries + ?3, bytes = c.bytes + ?4,
                    stored_bytes = c.stored_bytes + ?5, removed_cap = c.removed_cap + ?6,
                    removed_cleanup = c.removed_cleanup + ?7, removed_expired = c.removed_expired + ?8
                """
            ) {
                $0.set(1, id)
                $0.set(2, node)
                $0.set(3, change.entries)
                $0.set(4, change.bytes)
                $0.set(5, change.storedBytes)
                $0.set(6, change.removed.cap)
                $0.set(7, change.removed.cleanup)
                $0.set(8, change.removed.expired)
            }
        }
    }

    func closeNames(in cache: EntryCache) {
        for store in state.movedStores { cache.close(store.site, store.store) }
        for name in state.changed.keys { cache.close(name) }
    }

    func reopenNames(in cache: EntryCache, committed: Bool) {
        for _ in state.movedStores { cache.reopenStore() }
        for (name, entry) in state.changed { cache.reopen(name, with: committed ? entry : nil) }
    }
}
