package import LarderModel

/// What one commit changed, for those who pass it on. Nothing is copied for it: who looks at no part of it pays for
/// none.
package struct CommittedChanges: Sendable {
    /// Changes of logs, in their order.
    package let logs: [LogChange]
    /// Numbers of the jobs that began, went on or ended.
    package let jobs: Set<Int64>
    /// Namespaces that are new or have another name; nil: removed.
    package let namespaces: [NamespaceID: StoreHandle?]
    /// Whether tokens, secrets or sessions changed.
    package let hasAccess: Bool
    private let movedStores: Set<IndexTransaction.StoreKey>
    private let changed: [EntryName: CachedEntry?]

    /// Names of the entries that were written or removed, logs too; each once, in no order.
    package var entries: some Collection<EntryName> { changed.keys }

    init(_ state: IndexTransaction.State) {
        logs = state.logChanges
        jobs = state.changedJobs
        changed = state.changed
        namespaces = state.namespaces
        hasAccess = state.hasChangedAccess
        movedStores = state.movedStores
    }

    /// Whether any store has another name now, or none.
    package var hasMovedStores: Bool { !movedStores.isEmpty }

    var isEmpty: Bool {
        changed.isEmpty && jobs.isEmpty && logs.isEmpty && namespaces.isEmpty && movedStores.isEmpty && !hasAccess
    }
}
