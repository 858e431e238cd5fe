import BlobStore
import Index
import LarderModel

/// Keeps the memories in step with the entries that they follow from, in the transaction that changes those, whichever
/// face or job does it.
struct MemoryHook: EntryWatcher {
    let policies: PolicyBook
    let text: EntryText

    init(_ blobs: BlobStore) {
        policies = blobs.policies
        text = EntryText(blobs: blobs)
    }

    func concerns(_ name: EntryName) -> Bool { MemoryConcern(name, policies) != nil }

    func needsContentInIndex(_ name: EntryName) -> Bool {
        switch MemoryConcern(name, policies) {
        case .document, .evaluation: true
        case .run, nil: false
        }
    }

    func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
        let tables = MemoryTables(transaction: transaction, policies: policies, text: text)
        switch MemoryConcern(name, policies) {
        case .document(let memory):
            // A removed document comes back with the next change: it follows from what is known.
            if let entry { try tables.documentWritten(memory, entry) }
        case .evaluation(let store, let project, let run):
            try tables.evaluationChanged(name, to: entry, of: store, project: project, run: run)
        case .run(let project, let run):
            if entry != nil { try tables.runEntryChanged(project: project, run: run, site: name.site) }
        case nil: break
        }
    }

    func finish(_ postponed: Set<MemoryName>, in transaction: IndexTransaction) throws {
        let tables = MemoryTables(transaction: transaction, policies: policies, text: text)
        for name in postponed { try tables.make(name) }
    }
}

extension IndexTransaction {
    /// Memories whose documents are to be made anew at the end of the transaction.
    var postponed: Set<MemoryName> {
        get { self[postponedBy: MemoryHook.self] }
        set { self[postponedBy: MemoryHook.self] = newValue }
    }
}
