import LarderModel

/// Work that belongs to changes of certain entries and has to happen in the same transaction, whichever face or job
/// changes them.
package protocol EntryHook: Sendable {
    /// Whether changes of this entry are its business. Asked for every change on the writer's thread and on event
    /// loops: must be cheap.
    func concerns(_ name: EntryName) -> Bool

    /// Whether it reads what is in this entry often enough for the content to be kept in the index, up to 1 MiB. As
    /// cheap.
    func needsContentInIndex(_ name: EntryName) -> Bool

    /// Called after the entry was written or removed, in the transaction. What it throws undoes the change and reaches
    /// the client. Entries that it writes itself it puts with `notifying: false`.
    /// - Parameter entry: as it is now; nil: removed.
    func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws

    /// Called once before the transaction's end, when there is something in ``IndexTransaction/postponed``: work that
    /// is better done once for all changes of the transaction. What it throws fails them all, so only what fails the
    /// disk should.
    func finish(_ postponed: [MemoryName], in transaction: IndexTransaction) throws
}
