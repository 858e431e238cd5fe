package import LarderModel

/// What the learning memories are made from.
extension IndexReader {
    /// What a memory's document holds that doesn't follow from runs and evaluations, and the digest it was last made
    /// with; nil: neither.
    package func memoryFrame(_ name: MemoryName) throws -> (frame: [UInt8], made: Digest?)? {
        try db.one("SELECT frame, made FROM memory_projects WHERE site = ?1 AND store = ?2 AND project = ?3") {
            $0.set(name)
        } _: {
            ($0.bytes(0), $0.isNull(1) ? nil : try $0.digest(1))
        }
    }

    private static let runColumns = "run, source, timestamp, at, theme, music_style, mood, duration, rating, extra"

    private static func run(_ row: any SQLRow) throws -> RunFacts {
        guard let source = RunFacts.Source(rawValue: row.int(1)) else {
            throw IndexDamage(what: "an unknown source of a run")
        }
        return RunFacts(
            runID: Identifier(trusted: row.bytes(0)), source: source, timestamp: row.stringIfAny(2),
            at: row.timestamp(3),
            theme: row.stringIfAny(4),
            musicStyle: row.stringIfAny(5),
            mood: row.stringIfAny(6), duration: row.doubleIfAny(7),
            documentRating: row.stringIfAny(8).flatMap(Rating.init), extra: row.bytes(9))
    }

    /// The runs of a memory, in no order: as many as fit its document.
    package func memoryRuns(_ name: MemoryName) throws -> [RunFacts] {
        var runs: [RunFacts] = []
        try db.each("SELECT \(Self.runColumns) FROM memory_runs WHERE site = ?1 AND store = ?2 AND project = ?3") {
            $0.set(name)
        } _: {
            runs.append(try Self.run($0))
            return true
        }
        return runs
    }

    package func memoryRun(_ run: Identifier, of name: MemoryName) throws -> RunFacts? {
        try db.one(
            "SELECT \(Self.runColumns) FROM memory_runs WHERE site = ?1 AND store = ?2 AND project = ?3 AND run = ?4"
        ) {
            $0.set(name)
            $0.set(4, run.bytes)
        } _: {
            try Self.run($0)
        }
    }

    /// The project that a run is known in; the first by its bytes, should there be several.
    package func memoryProject(ofRun run: Identifier, in store: StoreName, of site: SiteID) throws -> Identifier? {
        try db.one(
            "SELECT project FROM memory_runs WHERE site = ?1 AND store = ?2 AND run = ?3 ORDER BY project LIMIT 1"
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, run.bytes)
        } _: {
            Identifier(trusted: $0.bytes(0))
        }
    }

    private static let evaluationColumns = "key, project, run, rating, at"

    private static func evaluation(_ row: any SQLRow) throws -> EvaluationFacts {
        guard let rating = Rating(rawValue: row.string(3)) else { throw IndexDamage(what: "an unknown rating") }
        return EvaluationFacts(
            key: EntryKey(trusted: row.bytes(0)), project: row.bytesIfAny(1).map { Identifier(trusted: $0) },
            runID: Identifier(trusted: row.bytes(2)), rating: rating, at: row.timestamp(4))
    }

    /// The evaluation that an entry was read as.
    package func memoryEvaluation(_ key: EntryKey, of store: StoreName, in site: SiteID) throws -> EvaluationFacts? {
        try db.one(
            "SELECT \(Self.evaluationColumns) FROM memory_evaluations WHERE site = ?1 AND store = ?2 AND key = ?3"
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, key.bytes)
        } _: {
            try Self.evaluation($0)
        }
    }

    /// All evaluations of a project, later ones last.
    package func memoryEvaluations(_ name: MemoryName) throws -> [EvaluationFacts] {
        var found: [EvaluationFacts] = []
        try db.each(
            """
            SELECT \(Self.evaluationColumns) FROM memory_evaluations WHERE site = ?1 AND store = ?2 AND project = ?3
                ORDER BY at, key
            """
        ) {
            $0.set(name)
        } _: {
            found.append(try Self.evaluation($0))
            return true
        }
        return found
    }

    /// The evaluations of a run in whatever memory of the site, later ones last; at most 100.
    package func memoryEvaluations(ofRun run: Identifier, in site: SiteID) throws -> [(
        store: StoreName, evaluation: EvaluationFacts
    )] {
        var found: [(StoreName, EvaluationFacts)] = []
        try db.each(
            """
            SELECT \(Self.evaluationColumns), store FROM memory_evaluations
            WHERE site = ?1 AND run = ?2 ORDER BY at, key LIMIT 100
            """
        ) {
            $0.set(1, site.text)
            $0.set(2, run.bytes)
        } _: {
            found.append((try StoreName(bytes: $0.bytes(5)), try Self.evaluation($0)))
            return true
        }
        return found
    }
}

extension SQLParameters {
    /// Site, store and project as the first three parameters.
    func set(_ name: MemoryName) {
        set(1, name.site.text)
        set(2, name.store.bytes)
        set(3, name.project.bytes)
    }
}
