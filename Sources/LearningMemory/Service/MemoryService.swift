package import BlobStore
import Index
package import LarderModel
import NIOCore

/// The learning memories of all projects (contract §4.4). Every change is one transaction: read, folded in and written
/// in one step.
package final class MemoryService: Sendable {
    let blobs: BlobStore
    let watcher: MemoryWatcher

    /// From now on, entries that concern a memory change it. To be made once, before there are writes.
    /// - Parameter buffers: for contents that are read whole before a change.
    package init(blobs: BlobStore, buffers: BufferBudget = BufferBudget()) {
        self.blobs = blobs
        watcher = MemoryWatcher(policies: blobs.policies, jsonDepth: blobs.jsonDepth, buffers: buffers)
        blobs.watch(with: watcher)
    }

    /// The document of a project about which nothing is known.
    package static let emptyDocument = ProjectMemory().document().bytes

    /// The store of a memory's evaluations.
    package static func evaluationStore(of store: StoreName) throws(LarderError) -> StoreName {
        guard let evals = MemoryStores(store, as: .memory)?.store(.evals) else {
            throw LarderError(
                .invalidStore, "A memory store is called 'memory' or '<app>-memory'; '\(store)' is neither.")
        }
        return evals
    }

    /// The document as an entry; nil when nothing is known yet.
    package func document(_ name: MemoryName) async throws -> EntryContent? {
        try await blobs.content(try name.entry())
    }

    // MARK: Changes

    func tables(_ transaction: IndexTransaction, _ readings: MemoryReadings = MemoryReadings()) -> MemoryTables {
        MemoryTables(
            transaction: transaction, policies: blobs.policies, jsonDepth: blobs.jsonDepth, readings: readings)
    }

    /// Records a run, or what is new about it.
    /// - Returns: the run as the history shows it, as JSON, and whether it was unknown.
    /// - Throws: `LarderError` `.notJSON`, `.invalidDocument`, `.entryTooLarge`, `.readOnly`, `.diskFull`.
    package func record(_ body: [UInt8], _ name: MemoryName) async throws -> (json: [UInt8], isNew: Bool) {
        _ = try name.entry()
        let run = try RunDraft.read(body, maxDepth: blobs.jsonDepth)
        return try await blobs.change { [self] transaction in
            let (known, isNew) = try tables(transaction).record(run, name)
            let evaluation = try transaction.reader.memoryEvaluations(ofRun: run.runID, in: name.site)
                .last { $0.store == name.store && $0.evaluation.project == name.project }
            var out = JSONWriter()
            DocumentWriter.append(
                RatedRun(facts: known, rating: evaluation?.evaluation.rating ?? known.documentRating), to: &out)
            return (out.bytes, isNew)
        }
    }

    /// What became of a rating.
    package struct Rated: Sendable {
        /// The evaluation entry's content.
        package let json: [UInt8]
        package let entry: Entry
        package let isNew: Bool
        /// Whether its run is known; else it waits for the run.
        package let isCounted: Bool
    }

    /// Writes a run's evaluation entry, which counts at once when the run is known.
    /// - Throws: `LarderError` `.notJSON`, `.invalidDocument`; `.entryTooLarge` when the comment is too long;
    ///   `.readOnly`, `.diskFull`.
    package func rate(_ body: [UInt8], _ name: MemoryName) async throws -> Rated {
        _ = try name.entry()
        let new = try NewEvaluation(body, project: name.project, now: blobs.now, maxDepth: blobs.jsonDepth)
        let evals = try Self.evaluationStore(of: name.store)
        let key = try EntryKey("\(new.runID)/\(MemoryConcern.evaluationName)")
        let place = EntryName(site: name.site, store: evals, key: key)
        let policy = blobs.policies.policy(for: evals)
        let limit = blobs.policies.rule(for: key, in: policy).maxSize
        guard new.json.count <= limit.bytes else {
            throw LarderError(
                .entryTooLarge,
                "With its comment the evaluation has \(new.json.count) bytes, and \(limit) is the limit: shorten it by "
                    + "\(Int64(new.json.count) - limit.bytes) bytes. Nothing was stored.")
        }
        var metadata = JSONWriter()
        metadata.openObject()
        metadata.field("projectId", name.project)
        metadata.field("runId", new.runID)
        metadata.field("rating", new.rating.rawValue)
        metadata.closeObject()
        let request = WriteRequest(
            name: place, contentType: MediaType.json, metadata: try Metadata(json: metadata.bytes, maxDepth: .max))
        return try await blobs.put(request, new.json) { put, transaction in
            let isCounted = try transaction.reader.memoryRun(new.runID, of: name) != nil
            return Rated(json: new.json, entry: put.entry, isNew: put.isNew, isCounted: isCounted)
        }
    }

    /// Changes what a person prefers: a merge patch of `user_preferences`. What it names is not inferred any more,
    /// until null gives it back.
    /// - Returns: the preferences as the document shows them, as JSON.
    /// - Throws: `LarderError` `.notJSON`, `.invalidDocument`; `.entryTooLarge` when the document would not fit.
    package func prefer(_ patch: [UInt8], _ name: MemoryName) async throws -> [UInt8] {
        let limit = blobs.policies.rule(for: try name.entry().key, in: blobs.policies.policy(for: name.store)).maxSize
        return try await blobs.change { [self] transaction in
            var memory = try tables(transaction).load(name)
            try memory.prefer(patch, maxDepth: blobs.jsonDepth)
            guard ProjectMemory(frame: memory.frame).document().bytes.count <= limit.bytes else {
                throw LarderError(
                    .entryTooLarge, "With these preferences the document would be larger than \(limit), its limit.")
            }
            let made = try transaction.reader.memoryFrame(name)?.made
            try transaction.setMemoryFrame(memory.frame.json, made: made, of: name)
            transaction.postponed.insert(name)
            return DocumentWriter.preferences(memory.parts().preferences, memory.frame)
        }
    }

    /// Forgets a project's runs, preferences and document. Its evaluations are entries of their own and stay.
    /// - Returns: whether anything was known.
    package func forget(_ name: MemoryName) async throws -> Bool {
        let place = try name.entry()
        return try await blobs.change(.evenWhenFull) { transaction in
            // A run that another node rates meanwhile would be left over.
            try transaction.runAlone()
            let runs = try transaction.reader.memoryRuns(name)
            for run in runs { try transaction.removeMemoryRun(run.runID, of: name) }
            let hadFrame = try transaction.reader.memoryFrame(name) != nil
            try transaction.removeMemoryFrame(of: name)
            transaction.postponed.remove(name)
            return try transaction.delete(place) || hadFrame || !runs.isEmpty
        }
    }

    // MARK: Suggestions

    /// - Parameters:
    ///   - count: 1 to ``Suggester/countMax``.
    ///   - halfLife: see ``Suggester``; nil: all ratings weigh the same.
    package func suggest(_ name: MemoryName, count: Int, seed: UInt64, halfLife: Duration?) async throws -> [Suggestion]
    {
        let now = blobs.now
        return try await blobs.look { reader in
            Suggester(try ProjectMemory(name, reader), halfLife: halfLife, now: now).suggest(count, seed: seed)
        }
    }
}
