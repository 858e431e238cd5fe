import LarderModel

/// What a job is asked to do.
package struct JobRequest: Sendable {
    /// The ``JobKind/name``.
    let kind: String
    /// One job of a lane at a time.
    let lane: String
    /// What the audit log calls its begin.
    let act: AuditDraft.Act
    /// What the kind itself understands.
    let wanted: any Codable & Sendable
    /// Makes the work: at its begin, or where its checkpoint is.
    let work: @Sendable (JobRecord, Workplace) throws -> any JobWork

    /// - Parameter lane: nil: the kind's own.
    init(
        _ kind: JobKind, _ wanted: any Codable & Sendable, lane: String? = nil, act: AuditDraft.Act = .beginJob,
        work: @escaping @Sendable (JobRecord, Workplace) throws -> any JobWork
    ) {
        self.kind = kind.name
        self.lane = lane ?? kind.name
        self.act = act
        self.wanted = wanted
        self.work = work
    }

    /// As it is kept and shown.
    var json: [UInt8] { get throws { try JobJSON.encode(wanted) } }
}
