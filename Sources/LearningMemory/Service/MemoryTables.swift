import BlobStore
import Index
import LarderModel

/// The steps of a memory inside one transaction: what is known goes into the tables, and the document is made again,
/// once for all changes of the transaction.
///
/// Making reads and writes a project's memory whole, and other writes wait meanwhile. A rating, measured as a request
/// of the release build on two busy cores: 1.4 ms with one run, 4 ms with 200, 18 ms with 2,000, 52 ms with 5,800 (1 MB
/// holds some 6,000).
struct MemoryTables {
    let transaction: IndexTransaction
    let policies: PolicyBook
    /// Levels of nesting in whole-written documents.
    let jsonDepth: Int
    /// What was read of contents beforehand.
    let readings: MemoryReadings

    private var reader: IndexReader { transaction.reader }

    /// A run and its ratings may come through two nodes at once: neither would see the other's.
    private func contend(_ run: Identifier, _ site: SiteID) throws {
        try transaction.contend(for: Array("memory \(site.text) ".utf8) + run.bytes)
    }

    // MARK: What happened

    /// - Returns: what is known of the run now, and whether it was unknown.
    func record(_ run: RunFacts, _ name: MemoryName) throws -> (run: RunFacts, isNew: Bool) {
        try contend(run.runID, name.site)
        let old = try reader.memoryRun(run.runID, of: name)
        var known = run.updating(old)
        if known.timestamp == nil { (known.timestamp, known.at) = (transaction.now.iso8601, transaction.now) }
        try transaction.setMemoryRun(known, of: name)
        try transaction.claimMemoryEvaluations(ofRun: run.runID, for: name)
        transaction.postponed.insert(name)
        return (known, old == nil)
    }

    /// An evaluation entry was written or removed. An entry that can't be read as an evaluation counts as none.
    /// - Parameters:
    ///   - store: the memory store.
    ///   - project, run: as the key names them; the content, where it names them, says more.
    func evaluationChanged(
        _ entryName: EntryName, to entry: Entry?, of store: StoreName, project: Identifier?, run: Identifier
    ) throws {
        let site = entryName.site, key = entryName.key
        let old = try reader.memoryEvaluation(key, of: store, in: site)
        let document = try entry.flatMap { try readings.evaluation($0) }
        try contend(document?.runID ?? run, site)
        if let document, let entry {
            var new = EvaluationFacts(
                key: key, project: document.projectID ?? project, runID: document.runID ?? run, rating: document.rating,
                at: document.at ?? entry.modifiedAt)
            let isClaimed = new.project == nil
            if isClaimed { new.project = try reader.memoryProject(ofRun: new.runID, in: store, of: site) }
            try transaction.setMemoryEvaluation(new, isClaimed: isClaimed && new.project != nil, of: store, in: site)
            if let old, old.project != new.project || old.runID != new.runID { try forgetJoined(old, store, site) }
            if let project = new.project {
                try join(RatedRunName(new.runID, of: project, in: store, site), document)
            }
        } else if let old {
            try transaction.removeMemoryEvaluation(key, of: store, in: site)
            try forgetJoined(old, store, site)
        }
    }

    /// A run that is known only because it was rated goes with its last evaluation.
    private func forgetJoined(_ gone: EvaluationFacts, _ store: StoreName, _ site: SiteID) throws {
        guard let project = gone.project else { return }
        let name = MemoryName(site: site, store: store, project: project)
        transaction.postponed.insert(name)
        guard try reader.memoryRun(gone.runID, of: name)?.source == .joined else { return }
        let others = try reader.memoryEvaluations(ofRun: gone.runID, in: site)
        guard !others.contains(where: { $0.store == store && $0.evaluation.project == project }) else { return }
        try transaction.removeMemoryRun(gone.runID, of: name)
    }

    /// A run's own entry was written: ratings that wait for it, or that were joined with less, are joined now.
    func runEntryChanged(project: Identifier, run: Identifier, site: SiteID) throws {
        try contend(run, site)
        for rated in try RatedRunName.all(run, of: project, in: site, reader) {
            try transaction.claimMemoryEvaluations(ofRun: run, for: rated.memory)
            try join(rated, nil)
        }
    }

    /// Looks up what a rated run was, unless it was told.
    /// - Parameter evaluation: what it says of the run fills in what no entry says.
    private func join(_ rated: RatedRunName, _ evaluation: EvaluationDocument?) throws {
        transaction.postponed.insert(rated.memory)
        let lookUp = RunLookUp(readings: readings, policies: policies, reader: reader, now: transaction.now)
        guard case .joined(let old, var found) = try lookUp.facts(of: rated) else { return }
        if found == nil, let evaluation,
            evaluation.theme != nil || evaluation.musicStyle != nil || evaluation.mood != nil
        {
            let at = evaluation.at ?? transaction.now
            found = RunFacts(runID: rated.run, source: .joined, timestamp: at.iso8601, at: at)
        }
        guard var facts = found else { return }
        facts.theme = facts.theme ?? evaluation?.theme
        facts.musicStyle = facts.musicStyle ?? evaluation?.musicStyle
        facts.mood = facts.mood ?? evaluation?.mood
        try transaction.setMemoryRun(facts.updating(old), of: rated.memory)
    }

    /// Reads evaluation entries again, as if they had just been written: those of this project, and those that were
    /// taken for its own.
    func readAgain(_ entries: [Entry], of evals: StoreName, _ name: MemoryName) throws {
        for entry in entries {
            let place = EntryName(site: name.site, store: evals, key: entry.key)
            guard case .evaluation(let store, let project, let run) = MemoryConcern(place, policies),
                store == name.store
            else { continue }
            let known = try reader.memoryEvaluation(entry.key, of: store, in: name.site)
            let document = try readings.evaluation(entry)
            let said = document.map { $0.projectID ?? project ?? name.project }
            guard said == name.project || known?.project == name.project else { continue }
            try evaluationChanged(
                place, to: entry.isExpired(at: transaction.now) ? nil : entry, of: store, project: project, run: run)
        }
    }

    // MARK: The document

    func load(_ name: MemoryName) throws -> ProjectMemory { try ProjectMemory(name, reader) }

    /// Another program has written the document whole: takes over what it says, and makes it again where it says less
    /// than is known. A document in an old shape is converted; the original stays beside it as
    /// `{project}/memory_index.original-<n>.json`.
    /// - Throws: `LarderError` `.notJSON`, `.invalidDocument`: the write is undone.
    func documentWritten(_ name: MemoryName, _ entry: Entry) throws {
        let written = try readings.document(entry)
        let converted = try OldDocument.convert(written, maxDepth: jsonDepth)
        // Its original was in bounds; conversion may put fields a level deeper.
        let document = try WrittenDocument(
            json: converted ?? written, maxDepth: converted == nil ? jsonDepth : .max)
        if converted != nil { try keepOriginal(written, entry, name) }
        var memory = try load(name)
        let before = memory.runs
        for run in memory.replace(with: document) { try transaction.removeMemoryRun(run, of: name) }
        for run in memory.runs.values where before[run.runID] != run {
            try transaction.setMemoryRun(run, of: name)
            try transaction.claimMemoryEvaluations(ofRun: run.runID, for: name)
        }
        // Evaluations that were claimed just now count from the start.
        memory = ProjectMemory(
            frame: memory.frame, runs: Array(memory.runs.values), evaluations: try reader.memoryEvaluations(name))
        try make(name, memory, standing: written)
    }

    private func keepOriginal(_ original: [UInt8], _ entry: Entry, _ name: MemoryName) throws {
        // Each conversion ends with a document of today's shape, so there are as many originals as there were old
        // writers: a handful.
        for number in 1...1_000 {
            let key = try EntryKey("\(name.project)/memory_index.original-\(number).json")
            let place = EntryName(site: name.site, store: name.store, key: key)
            guard try reader.entry(place) == nil else { continue }
            return try put(content(original, place), at: place, like: entry)
        }
        throw LarderError(.conflict, "There are 1,000 originals of old documents beside this one; remove some.")
    }

    func make(_ name: MemoryName) throws { try make(name, try load(name), standing: nil) }

    /// Makes the document and writes it, unless it stands there already.
    /// - Parameter standing: what was just written; it stays as it is when it says the same.
    private func make(_ name: MemoryName, _ memory: ProjectMemory, standing: [UInt8]?) throws {
        transaction.postponed.remove(name)
        let place = try name.entry()
        let rule = policies.rule(for: place.key, in: policies.policy(for: name.store))
        let made = memory.document(limit: Int(min(rule.maxSize.bytes, 1 << 20)))
        for run in made.dropped { try transaction.removeMemoryRun(run, of: name) }
        if !made.dropped.isEmpty { try transaction.countMemoryRunsDropped(made.dropped.count, of: name) }
        let content = content(made.bytes, place)
        let old = try reader.entry(place)
        let before = try reader.memoryFrame(name)
        let stands =
            if let standing { try Self.isSame(standing, made.bytes) } else {
                old != nil && before?.made == content.digest
            }
        if !stands { try put(content, at: place, like: old) }
        try transaction.setMemoryFrame(memory.frame.json, made: content.digest, of: name)
    }

    private static func isSame(_ a: [UInt8], _ b: [UInt8]) throws -> Bool {
        func canonical(_ text: [UInt8]) throws -> [UInt8] {
            try CanonicalJSON.text(of: JSONText.check(text, maxDepth: .max), in: text)
        }
        return try a == b || canonical(a) == canonical(b)
    }

    private func content(_ bytes: [UInt8], _ place: EntryName) -> SmallContent {
        SmallContent(
            bytes, contentType: MediaType.json, compression: policies.policy(for: place.store).compression)
    }

    /// - Parameter model: whose type, metadata and expiry it takes over.
    private func put(_ content: SmallContent, at place: EntryName, like model: Entry?) throws {
        try transaction.put(
            content, at: place, contentType: model?.contentType ?? MediaType.json, metadata: model?.metadata ?? .none,
            expiry: model?.expiresAt.map { .at($0) } ?? .never, by: MemoryWatcher.self)
    }
}
