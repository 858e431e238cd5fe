package import LarderModel

/// Takes part in the changes of certain entries, in the transaction that makes them, whichever face or job that is.
package protocol EntryWatcher: Sendable {
    /// What it names the work by that it puts off to the end of a transaction; `Never`: it puts nothing off.
    associatedtype Postponed: Hashable = Never

    /// Whether changes of this entry are its business. Asked for every change on the writer's thread and on event
    /// loops: must be cheap.
    func concerns(_ name: EntryName) -> Bool

    /// Whether it reads what is in this entry often enough for the content to be kept in the index, up to 1 MiB. As
    /// cheap.
    func needsContentInIndex(_ name: EntryName) -> Bool

    /// Whether it keeps something of its own of a store, by the store's name: such a store is neither renamed nor
    /// removed, and no other gets its name by being renamed.
    func keepsStore(_ store: StoreName) -> Bool

    /// Called after the entry was written or removed, in the transaction. What it throws undoes the change and reaches
    /// the client. Entries that it writes itself it puts with `by:` its type: it does not hear of those, others do.
    /// - Parameter entry: as it is now; nil: removed.
    func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws

    /// Called before the transaction's end when there is something in ``IndexTransaction/subscript(postponedBy:)``:
    /// work that is better done once for all changes of the transaction. What it throws fails them all, so only what
    /// fails the disk should. Must not postpone anything for itself again.
    func finish(_ postponed: Set<Postponed>, in transaction: IndexTransaction) throws
}

extension EntryWatcher {
    package func keepsStore(_ store: StoreName) -> Bool { false }
}

extension EntryWatcher where Postponed == Never {
    package func finish(_ postponed: Set<Never>, in transaction: IndexTransaction) throws {}
}
