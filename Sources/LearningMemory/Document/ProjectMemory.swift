package import LarderModel

/// All that a project's memory is made from, and the document that follows from it. Pure: events go in, a document
/// comes out, and the same events give the same bytes in whatever order they came.
package struct ProjectMemory: Sendable, Hashable {
    package var frame: MemoryFrame
    package var runs: [Identifier: RunFacts]
    package var evaluations: [EntryKey: EvaluationFacts]

    package init(frame: MemoryFrame = MemoryFrame(), runs: [RunFacts] = [], evaluations: [EvaluationFacts] = []) {
        self.frame = frame
        self.runs = Dictionary(runs.map { ($0.runID, $0) }) { $1 }
        self.evaluations = Dictionary(evaluations.map { ($0.key, $0) }) { $1 }
    }

    // MARK: Events

    /// A run was told of, or looked up.
    /// - Returns: what is known of it now.
    @discardableResult
    package mutating func learn(_ run: RunFacts) -> RunFacts {
        let known = run.updating(runs[run.runID])
        runs[run.runID] = known
        return known
    }

    package mutating func evaluate(_ evaluation: EvaluationFacts) { evaluations[evaluation.key] = evaluation }

    /// An evaluation was taken back. A run that is known only because it was rated goes with its last one.
    package mutating func withdraw(_ key: EntryKey) {
        guard let gone = evaluations.removeValue(forKey: key) else { return }
        guard runs[gone.runID]?.source == .joined, !evaluations.values.contains(where: { $0.runID == gone.runID })
        else { return }
        runs[gone.runID] = nil
    }

    /// A person changed preferences.
    /// - Parameters:
    ///   - patch: a JSON merge patch (RFC 7396); null gives a preference back to learning.
    ///   - maxDepth: as `JSONText.check` has it.
    /// - Throws: `LarderError` `.notJSON`, `.invalidDocument`.
    package mutating func prefer(_ patch: [UInt8], maxDepth: Int) throws(LarderError) {
        try frame.merge(patch, maxDepth: maxDepth)
    }

    /// Another program wrote the document whole. Runs that were told otherwise stay, and evaluations count as before.
    /// - Returns: runs that it has removed: ones that only a document had told of.
    @discardableResult
    package mutating func replace(with written: WrittenDocument) -> [Identifier] {
        let before = parts()
        let rated = Set(evaluations.values.map(\.runID))
        let removed = runs.values.filter { $0.source == .document && written.runs[$0.runID] == nil }.map(\.runID)
        for run in removed { runs[run] = nil }
        for var run in written.runs.values {
            // An evaluation says more than a copy of it, which would stay behind when the evaluation is taken back.
            if rated.contains(run.runID) { run.documentRating = nil }
            let old = runs[run.runID]
            run.source = old?.source == .recorded ? .recorded : .document
            run.duration = run.duration ?? old?.duration
            runs[run.runID] = run
        }
        let preferences = written.preferences(comparedWith: before.preferences, keeping: frame.chosen)
        frame = written.frame
        frame.chosen = preferences
        // What Larder computed itself and the other program copied is nothing that came along.
        let learned = parts().patterns.combinations
        frame.imported = frame.imported.compactMap { one in
            var one = one
            if learned[one.combination] != nil { one.successRate = nil }
            return one.successRate == nil && one.extra.isEmpty ? nil : one
        }
        return removed
    }

    // MARK: What follows

    /// Runs with the ratings that count, oldest first.
    package var history: [RatedRun] {
        var latest: [Identifier: EvaluationFacts] = [:]
        for evaluation in evaluations.values {
            if let other = latest[evaluation.runID], (evaluation.at, evaluation.key) < (other.at, other.key) {
                continue
            }
            latest[evaluation.runID] = evaluation
        }
        return runs.values.map { run in
            let evaluation = latest[run.runID]
            return RatedRun(facts: run, rating: evaluation?.rating ?? run.documentRating, ratedAt: evaluation?.at)
        }.sorted { ($0.facts.at, $0.facts.runID) < ($1.facts.at, $1.facts.runID) }
    }

    /// The preferences as the document shows them: chosen where a person chose, else inferred.
    package struct Preferences: Sendable, Hashable {
        package var favoriteMoods: [String]
        package var dislikedMusicStyles: [String]
        /// A JSON number, or `null`.
        package var preferredDuration: [UInt8]
    }

    package struct Parts: Sendable {
        package let history: [RatedRun]
        package let patterns: LearnedPatterns
        package let preferences: Preferences
    }

    package func parts() -> Parts { parts(history) }

    private func parts(_ history: [RatedRun]) -> Parts {
        let chosen = frame.chosen
        let patterns = LearnedPatterns(history, dislikedByChoice: chosen.dislikedMusicStyles)
        return Parts(
            history: history, patterns: patterns,
            preferences: Preferences(
                favoriteMoods: chosen.favoriteMoods ?? patterns.favoriteMoods,
                dislikedMusicStyles: chosen.dislikedMusicStyles ?? patterns.dislikedMusicStyles,
                preferredDuration: chosen.preferredDuration
                    ?? Array((patterns.preferredDuration.map(JSONWriter.text(of:)) ?? "null").utf8)))
    }

    /// The document, and the runs that no longer fit in it.
    package struct Made: Sendable {
        package let bytes: [UInt8]
        /// The oldest runs, which have to go; empty almost always.
        package let dropped: [Identifier]
    }

    /// - Parameter limit: bytes that the document may have. When it would be larger, the oldest runs leave history and
    ///   patterns alike until it fits. What stands outside the history is never cut.
    package func document(limit: Int = .max) -> Made {
        let all = history
        var first = 0
        while true {
            let parts = parts(Array(all[first...]))
            let (bytes, itemSizes) = DocumentWriter.write(parts, frame)
            if bytes.count <= limit || first == all.count {
                return Made(bytes: bytes, dropped: all[..<first].map(\.facts.runID))
            }
            var excess = bytes.count - limit
            for size in itemSizes {
                first += 1
                excess -= size
                if excess <= 0 { break }
            }
        }
    }
}
