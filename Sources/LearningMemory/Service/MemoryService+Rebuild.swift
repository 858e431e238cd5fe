import BlobStore
import Index
package import LarderModel

extension MemoryService {
    /// Evaluation entries that are looked through in one transaction of a rebuild.
    private static let rebuildStep = 500

    /// Makes the document from its runs and evaluations alone. Looks through all evaluation entries of the site's store
    /// in steps, so that others get their turn in between, and joins what waits.
    package func rebuild(_ name: MemoryName) async throws {
        let evals = try Self.evaluationStore(of: name.store)
        var after: [UInt8]? = []
        while let from = after { after = try await readAgain(name, evals, after: from) }
        try await blobs.change { [self] transaction in
            // Evaluations whose entries are gone; there are none while every removal is told.
            for evaluation in try transaction.reader.memoryEvaluations(name) {
                let place = EntryName(site: name.site, store: evals, key: evaluation.key)
                if try transaction.reader.entry(place) == nil {
                    try watcher.entryChanged(place, to: nil, in: transaction)
                }
            }
            try tables(transaction).make(name)
        }
    }

    /// Reads the next evaluation entries again, as if they had just been written.
    /// - Returns: the key of the last; nil when there are no more.
    private func readAgain(_ name: MemoryName, _ evals: StoreName, after: [UInt8]) async throws -> [UInt8]? {
        @Sendable func step(_ reader: IndexReader) throws -> [Entry] {
            try reader.entries(of: evals, in: name.site, after: after, limit: Self.rebuildStep)
        }
        // What was read stays good: a repetition reads only what was written since.
        var ahead = MemoryReadAhead(blobs, watcher.buffers)
        for _ in 0..<BlobStore.attemptsMax {
            let entries = try await blobs.look(step).filter { isEvaluation($0, of: evals, name) }
            try await ahead.readEvaluations(entries)
            let readings = ahead.readings
            try await ahead.readRuns { [self] reader in
                try entries.compactMap { try ratedRun($0, of: evals, name, readings, reader) }
            }
            let complete = ahead.readings
            do {
                return try await blobs.change { [self] transaction in
                    let entries = try step(transaction.reader)
                    try tables(transaction, complete).readAgain(entries, of: evals, name)
                    return entries.count == Self.rebuildStep ? entries.last?.key.bytes : nil
                }
            } catch is UnreadContent { continue }
        }
        throw BlobStore.overtaken
    }

    private func isEvaluation(_ entry: Entry, of evals: StoreName, _ name: MemoryName) -> Bool {
        let place = EntryName(site: name.site, store: evals, key: entry.key)
        guard case .evaluation(let store, _, _) = MemoryConcern(place, blobs.policies) else { return false }
        return store == name.store
    }

    /// The run that reading an evaluation entry again will look up; nil: none.
    private func ratedRun(
        _ entry: Entry, of evals: StoreName, _ name: MemoryName, _ readings: MemoryReadings, _ reader: IndexReader
    ) throws -> RatedRunName? {
        let place = EntryName(site: name.site, store: evals, key: entry.key)
        guard case .evaluation(let store, let project, let run) = MemoryConcern(place, blobs.policies),
            let document = try? readings.evaluation(entry)
        else { return nil }
        let said = document.projectID ?? project
        let known = try reader.memoryEvaluation(entry.key, of: store, in: name.site)
        guard said ?? name.project == name.project || known?.project == name.project else { return nil }
        let runID = document.runID ?? run
        let owner = try said ?? reader.memoryProject(ofRun: runID, in: store, of: name.site)
        return owner.map { RatedRunName(runID, of: $0, in: store, name.site) }
    }
}
