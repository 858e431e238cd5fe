import BlobStore
import LarderModel

/// What a job is asked to do.
package struct JobRequest: Sendable {
    /// The ``JobKind/name``.
    let kind: String
    /// One job of a lane at a time.
    let lane: String
    /// What the audit log calls its begin.
    let act: AuditDraft.Act
    /// Whether it may begin while writing is paused: then only to be told that one is under way.
    let admission: BlobStore.Admission
    /// Looks whether it can be done at all, before it begins.
    let check: (@Sendable (Workplace) async throws -> Void)?
    /// What the kind itself understands.
    let wanted: any Codable & Sendable
    /// Makes the work: at its begin, or where its checkpoint is.
    let work: @Sendable (JobRecord, Workplace) throws -> any JobWork

    /// - Parameters:
    ///   - lane: nil: the kind's own.
    ///   - check: what it throws refuses the job; nil: there is nothing to look at.
    init(
        _ kind: JobKind, _ wanted: any Codable & Sendable, lane: String? = nil, act: AuditDraft.Act = .beginJob,
        admission: BlobStore.Admission = .evenWhenFull, check: (@Sendable (Workplace) async throws -> Void)? = nil,
        work: @escaping @Sendable (JobRecord, Workplace) throws -> any JobWork
    ) {
        self.kind = kind.name
        self.lane = lane ?? kind.name
        self.act = act
        self.admission = admission
        self.check = check
        self.wanted = wanted
        self.work = work
    }

    /// As it is kept and shown.
    var json: [UInt8] { get throws { try JobJSON.encode(wanted) } }
}
