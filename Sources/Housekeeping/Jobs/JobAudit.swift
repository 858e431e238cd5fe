import LarderModel

/// What the audit log says of jobs.
enum JobAudit {
    /// `{"kind","request"}`
    static func begin(_ job: JobRecord, _ act: AuditDraft.Act) -> AuditDraft {
        AuditDraft(
            who: job.requestedBy, act: act, subject: subject(job.id),
            detail: detail(job, [("request", job.request)]))
    }

    /// `{"kind","state","result"|"error"}`: how much went, by store and rule; no keys.
    static func end(_ job: JobRecord, _ state: JobRecord.State, _ outcome: (name: StaticString, document: [UInt8]))
        -> AuditDraft
    {
        AuditDraft(
            who: job.requestedBy, act: .endJob, subject: subject(job.id),
            detail: detail(job, [("state", Array("\"\(state.rawValue)\"".utf8)), outcome]))
    }

    static func cancel(_ job: JobRecord, by requester: String) -> AuditDraft {
        AuditDraft(who: requester, act: .cancelJob, subject: subject(job.id), detail: detail(job, []))
    }

    private static func subject(_ id: Int64) -> String { "job \(id)" }

    private static func detail(_ job: JobRecord, _ fields: [(name: StaticString, document: [UInt8])]) -> [UInt8] {
        var out = JSONWriter()
        out.openObject()
        out.field("kind", job.kind)
        for (name, document) in fields where !document.isEmpty { out.field(name, raw: document) }
        out.closeObject()
        return out.bytes
    }
}
