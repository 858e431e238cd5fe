package import LarderModel

/// Which node works on a job.
extension IndexTransaction {
    /// The running job that has a lane; nil: it is free.
    func runningJob(in lane: String) throws -> Int64? {
        try db.one("SELECT id FROM jobs WHERE lane = ?1 AND state = 'running'") {
            $0.set(1, lane)
        } _: {
            $0.int64(0)
        }
    }

    /// Makes a job this node's, if it is that already or its node is not up.
    /// - Parameter lane: for a job that has none yet; it stays without while another has it.
    /// - Returns: the job as it is now; nil: it has ended, or a node that is up has it.
    package func takeJob(_ job: JobRecord, lane: String) throws -> JobRecord? {
        let free = try runningJob(in: lane) == nil ? lane : nil
        let taken = try db.change(
            """
            UPDATE jobs SET node = ?3, lane = ?4
            WHERE id = ?1 AND node = ?2 AND state = 'running'
                AND (node = ?3 OR node NOT IN (\(NodeRows.upNow("?5"))))
            """
        ) {
            $0.set(1, job.id)
            $0.set(2, job.node)
            $0.set(3, node)
            $0.set(4, job.lane ?? free)
            $0.set(5, now - NodeRegistry.goneAfter)
        }
        return taken > 0 ? try reader.job(job.id) : nil
    }

    /// Asks a job to end, whichever node works on it.
    /// - Returns: false: it has ended.
    package func cancelJob(_ id: Int64) throws -> Bool {
        try db.change("UPDATE jobs SET is_cancelled = 1 WHERE id = ?1 AND state = 'running'") { $0.set(1, id) } > 0
    }
}
