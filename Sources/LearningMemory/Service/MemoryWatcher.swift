import BlobStore
import Index
import LarderModel

/// Keeps the memories in step with the entries that they follow from, in the transaction that changes those, whichever
/// face or job does it.
struct MemoryWatcher: PreparingWatcher {
    let policies: PolicyBook
    /// Levels of nesting in whole-written documents.
    let jsonDepth: Int
    /// For contents that are read whole before a change.
    let buffers: BufferBudget

    func concerns(_ name: EntryName) -> Bool { MemoryConcern(name, policies) != nil }

    func needsContentInIndex(_ name: EntryName) -> Bool {
        switch MemoryConcern(name, policies) {
        case .document, .evaluation: true
        case .run, nil: false
        }
    }

    func keepsStore(_ store: StoreName) -> Bool {
        [MemoryStores.Role.memory, .evals].contains { role in
            MemoryStores(store, as: role) != nil && policies.policy(for: store).name == role.rawValue
        }
    }

    // MARK: Before the transaction

    func prepare(_ request: WriteRequest, _ content: EntryContent, in blobs: BlobStore) async throws -> any Sendable {
        let name = request.name
        var ahead = MemoryReadAhead(blobs, buffers, planned: (name, content))
        switch MemoryConcern(name, policies) {
        case .document: try await ahead.readPlannedDocument()
        case .evaluation(let store, let project, let run):
            guard let document = try await ahead.readPlannedEvaluation() else { break }
            let run = document.runID ?? run
            try await ahead.readRuns { reader in
                let project =
                    try document.projectID ?? project ?? reader.memoryProject(ofRun: run, in: store, of: name.site)
                return project.map { [RatedRunName(run, of: $0, in: store, name.site)] } ?? []
            }
        case .run(let project, let run):
            try await ahead.readRuns { try RatedRunName.all(run, of: project, in: name.site, $0) }
        case nil: break
        }
        return ahead.readings
    }

    // MARK: In the transaction

    private func tables(_ transaction: IndexTransaction) -> MemoryTables {
        MemoryTables(
            transaction: transaction, policies: policies, jsonDepth: jsonDepth,
            readings: transaction.preparation(MemoryReadings.self) ?? MemoryReadings())
    }

    func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
        let tables = tables(transaction)
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
        for name in postponed { try tables(transaction).make(name) }
    }
}

extension IndexTransaction {
    /// Memories whose documents are to be made anew at the end of the transaction.
    var postponed: Set<MemoryName> {
        get { self[postponedBy: MemoryWatcher.self] }
        set { self[postponedBy: MemoryWatcher.self] = newValue }
    }
}
