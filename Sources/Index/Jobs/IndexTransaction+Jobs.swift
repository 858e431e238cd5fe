package import LarderModel

extension IndexTransaction {
    /// Jobs that are over and still remembered.
    package static let jobHistoryMax = 100

    /// Begins a job of this node.
    /// - Parameter lane: one running job at a time has it, on whatever node; nil: any may run beside it.
    /// - Throws: `LarderError` `.conflict` while another has the lane.
    package func insertJob(
        kind: String, requestedBy: String, site: SiteID?, request: [UInt8], lane: String? = nil
    ) throws -> JobRecord {
        // One that another node begins beside this is met by the index of lanes, and then this is asked again.
        if let lane, let other = try runningJob(in: lane) {
            throw LarderError(
                .conflict, "A \(lane) is under way already (job \(other)); wait for it, or cancel it with DELETE.")
        }
        let id = try db.insert(
            """
            INSERT INTO jobs (kind, state, requested_by, site, request, checkpoint, started_at, updated_at, node, lane)
            VALUES (?1, 'running', ?2, ?3, ?4, ?6, ?5, ?5, ?7, ?8)
            """
        ) {
            $0.set(1, kind)
            $0.set(2, requestedBy)
            $0.set(3, site?.text)
            $0.set(4, request)
            $0.set(5, now)
            $0.set(6, [])
            $0.set(7, node)
            $0.set(8, lane)
        }
        guard let job = try id.flatMap({ try reader.job($0) }) else { throw IndexDamage(what: "a job is gone at once") }
        state.changedJobs.insert(job.id)
        return job
    }

    /// Stores where a job is, in the transaction of the step that took it there: a step is counted exactly when it
    /// happened.
    /// - Throws: ``JobLost``
    package func saveJob(_ id: Int64, checkpoint: [UInt8], _ progress: JobProgress) throws {
        state.changedJobs.insert(id)
        let saved = try db.change(
            """
            UPDATE jobs SET checkpoint = ?2, done = ?3, total = ?4, bytes = ?5, updated_at = ?6
            WHERE id = ?1 AND node = ?7 AND state = 'running'
            """
        ) {
            $0.set(1, id)
            $0.set(2, checkpoint)
            $0.set(3, progress.done)
            $0.set(4, progress.total)
            $0.set(5, progress.bytes)
            $0.set(6, now)
            $0.set(7, node)
        }
        guard saved > 0 else { throw JobLost() }
    }

    /// For a step that has nothing to store.
    /// - Throws: ``JobLost``
    package func checkJob(_ id: Int64) throws {
        let found = try db.one("SELECT id FROM jobs WHERE id = ?1 AND node = ?2 AND state = 'running'") {
            $0.set(1, id)
            $0.set(2, node)
        } _: {
            $0.int64(0)
        }
        guard found != nil else { throw JobLost() }
    }

    /// Ends a job, and forgets those that ended longest ago beyond ``jobHistoryMax``.
    /// - Parameter isForgotten: whether it is not to be remembered at all: scheduled work that found nothing to do.
    /// - Throws: ``JobLost``
    package func finishJob(
        _ id: Int64, _ state: JobRecord.State, result: [UInt8]?, error: [UInt8]?, isForgotten: Bool = false
    ) throws {
        self.state.changedJobs.insert(id)
        try checkJob(id)
        if isForgotten {
            try db.run("DELETE FROM jobs WHERE id = ?1") { $0.set(1, id) }
            return
        }
        try db.run(
            """
            UPDATE jobs SET state = ?2, result = ?3, error = ?4, ended_at = ?5, updated_at = ?5, checkpoint = ?6
            WHERE id = ?1
            """
        ) {
            $0.set(1, id)
            $0.set(2, state.rawValue)
            $0.set(3, result)
            $0.set(4, error)
            $0.set(5, now)
            $0.set(6, [])
        }
        try db.run(
            """
            DELETE FROM jobs WHERE state <> 'running' AND id NOT IN
                (SELECT id FROM jobs WHERE state <> 'running' ORDER BY id DESC LIMIT ?1)
            """
        ) { $0.set(1, Self.jobHistoryMax) }
    }
}
