package import LarderModel

/// What the learning memories are made from.
extension IndexTransaction {
    /// - Parameter made: digest of the document as it was just made; nil: there is none.
    package func setMemoryFrame(_ frame: [UInt8], made: Digest?, of name: MemoryName) throws {
        try db.run(
            """
            INSERT INTO memory_projects (site, store, project, frame, made) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (site, store, project) DO UPDATE SET frame = ?4, made = ?5
            """
        ) {
            $0.set(name)
            $0.set(4, frame)
            $0.set(5, made?.bytes)
        }
    }

    package func removeMemoryFrame(of name: MemoryName) throws {
        try db.run("DELETE FROM memory_projects WHERE site = ?1 AND store = ?2 AND project = ?3") { $0.set(name) }
    }

    package func setMemoryRun(_ run: RunFacts, of name: MemoryName) throws {
        try db.run(
            """
            INSERT INTO memory_runs (site, store, project, run, source, timestamp, at, theme, music_style, mood,
                duration, rating, extra)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            ON CONFLICT (site, store, project, run) DO UPDATE SET source = ?5, timestamp = ?6, at = ?7, theme = ?8,
                music_style = ?9,
                mood = ?10, duration = ?11, rating = ?12, extra = ?13
            """
        ) {
            $0.set(name)
            $0.set(4, run.runID.bytes)
            $0.set(5, run.source.rawValue)
            $0.set(6, run.timestamp)
            $0.set(7, run.at)
            $0.set(8, run.theme)
            $0.set(9, run.musicStyle)
            $0.set(10, run.mood)
            $0.set(11, run.duration)
            $0.set(12, run.documentRating?.rawValue)
            $0.set(13, run.extra)
        }
    }

    package func removeMemoryRun(_ run: Identifier, of name: MemoryName) throws {
        try db.run("DELETE FROM memory_runs WHERE site = ?1 AND store = ?2 AND project = ?3 AND run = ?4") {
            $0.set(name)
            $0.set(4, run.bytes)
        }
    }

    /// - Parameter isClaimed: whether the evaluation's entry leaves the project open and a run of that project has
    ///   claimed it.
    package func setMemoryEvaluation(
        _ evaluation: EvaluationFacts, isClaimed: Bool, of store: StoreName, in site: SiteID
    ) throws {
        try db.run(
            """
            INSERT INTO memory_evaluations (site, store, key, project, is_claimed, run, rating, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (site, store, key) DO UPDATE SET project = ?4, is_claimed = ?5, run = ?6, rating = ?7, at = ?8
            """
        ) {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, evaluation.key.bytes)
            $0.set(4, evaluation.project?.bytes)
            $0.set(5, isClaimed ? 1 : 0)
            $0.set(6, evaluation.runID.bytes)
            $0.set(7, evaluation.rating.rawValue)
            $0.set(8, evaluation.at)
        }
    }

    package func removeMemoryEvaluation(_ key: EntryKey, of store: StoreName, in site: SiteID) throws {
        try db.run("DELETE FROM memory_evaluations WHERE site = ?1 AND store = ?2 AND key = ?3") {
            $0.set(1, site.text)
            $0.set(2, store.bytes)
            $0.set(3, key.bytes)
        }
    }

    /// Gives a run's evaluations that name no project to the project where the run is known.
    package func claimMemoryEvaluations(ofRun run: Identifier, for name: MemoryName) throws {
        try db.run(
            """
            UPDATE memory_evaluations SET project = ?3, is_claimed = 1
            WHERE site = ?1 AND store = ?2 AND run = ?4 AND project IS NULL
            """
        ) {
            $0.set(name)
            $0.set(4, run.bytes)
        }
    }

    /// Counts runs that left a memory because its document was full.
    package func countMemoryRunsDropped(_ dropped: Int, of name: MemoryName) throws {
        let store = try storeID(name.site, name.store)
        count(store) { $0.removed.cap += Int64(dropped) }
    }
}
