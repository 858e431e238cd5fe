package import LarderModel

extension IndexTransaction {
    /// Jobs that are over and still remembered.
    package static let jobHistoryMax = 100

    /// Begins a job.
    package func insertJob(kind: String, requestedBy: String, site: SiteID?, request: [UInt8]) throws -> JobRecord {
        let id = try db.insert(
            """
            INSERT INTO jobs (kind, state, requested_by, site, request, checkpoint, started_at, updated_at)
            VALUES (?1, 'running', ?2, ?3, ?4, ?6, ?5, ?5)
            """
        ) {
            $0.set(1, kind)
            $0.set(2, requestedBy)
            $0.set(3, site?.text)
            $0.set(4, request)
            $0.set(5, now)
            $0.set(6, [])
        }
        guard let job = try id.flatMap({ try reader.job($0) }) else { throw IndexDamage(what: "a job is gone at once") }
        state.changedJobs.insert(job.id)
        return job
    }

    /// Stores where a job is, in the transaction of the step that took it there: a step is counted exactly when it
    /// happened.
    package func saveJob(_ id: Int64, checkpoint: [UInt8], _ progress: JobProgress) throws {
        state.changedJobs.insert(id)
        try db.run("UPDATE jobs SET checkpoint = ?2, done = ?3, total = ?4, bytes = ?5, updated_at = ?6 WHERE id = ?1")
        {
            $0.set(1, id)
            $0.set(2, checkpoint)
            $0.set(3, progress.done)
            $0.set(4, progress.total)
            $0.set(5, progress.bytes)
            $0.set(6, now)
        }
    }

    /// Ends a job, and forgets those that ended longest ago beyond ``jobHistoryMax``.
    /// - Parameter isForgotten: whether it is not to be remembered at all: scheduled work that found nothing to do.
    package func finishJob(
        _ id: Int64, _ state: JobRecord.State, result: [UInt8]?, error: [UInt8]?, isForgotten: Bool = false
    ) throws {
        self.state.changedJobs.insert(id)
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
