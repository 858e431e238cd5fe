package import LarderModel

extension IndexReader {
    private static let jobColumns =
        "id, kind, state, requested_by, site, request, checkpoint, done, total, bytes, started_at, updated_at, "
        + "ended_at, result, error, node, lane, is_cancelled"

    private static func job(from row: any SQLRow) throws -> JobRecord {
        guard let state = JobRecord.State(rawValue: row.string(2)) else {
            throw IndexDamage(what: "an unknown state of a job")
        }
        return JobRecord(
            id: row.int64(0), kind: row.string(1), state: state, requestedBy: row.string(3),
            site: row.isNull(4) ? nil : try SiteID(row.string(4)),
            request: row.bytes(5), checkpoint: row.bytes(6),
            progress: JobProgress(done: row.int64(7), total: row.int64(8), bytes: row.int64(9)),
            startedAt: row.timestamp(10), updatedAt: row.timestamp(11), endedAt: row.timestampIfAny(12),
            result: row.bytesIfAny(13),
            error: row.bytesIfAny(14), node: row.int64(15), lane: row.isNull(16) ? nil : row.string(16),
            isCancelled: row.int(17) == 1)
    }

    package func job(_ id: Int64) throws -> JobRecord? {
        try db.one("SELECT \(Self.jobColumns) FROM jobs WHERE id = ?1") {
            $0.set(1, id)
        } _: {
            try Self.job(from: $0)
        }
    }

    /// Jobs under way that are a node's own, or those of nodes that are not up; first begun first.
    package func jobs(leftTo node: Int64, now: Timestamp) throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        try db.each(
            """
            SELECT \(Self.jobColumns) FROM jobs
            WHERE state = 'running' AND (node = ?1 OR node NOT IN (\(NodeRows.upNow("?2"))))
            ORDER BY id
            """
        ) {
            $0.set(1, node)
            $0.set(2, now - NodeRegistry.goneAfter)
        } _: {
            jobs.append(try Self.job(from: $0))
            return true
        }
        return jobs
    }

    /// Last begun first. A result that is longer than 64 KiB is left out: ``job(_:)`` has it.
    package func jobs(limit: Int) throws -> [JobRecord] {
        var jobs: [JobRecord] = []
        let columns = Self.jobColumns.replacing("result", with: "CASE WHEN LENGTH(result) <= 65536 THEN result END")
        try db.each("SELECT \(columns) FROM jobs ORDER BY id DESC LIMIT ?1") {
            $0.set(1, limit)
        } _: {
            jobs.append(try Self.job(from: $0))
            return true
        }
        return jobs
    }
}
