/// What an admin did, or a job: one line of the audit log.
package struct AuditDraft: Sendable, Hashable {
    package enum Act: String, Sendable, CaseIterable {
        case createToken = "token.create"
        case revokeToken = "token.revoke"
        case rollAdminToken = "token.roll-admin"
        case rotateSigningKey = "signing-key.rotate"
        case beginSession = "session.begin"
        case deleteEntries = "entries.delete"
        case emptyStore = "store.empty"
        case removeStore = "store.remove"
        case beginJob = "job.begin"
        /// A cleanup that only looks.
        case beginDryRun = "job.begin-dry-run"
        case cancelJob = "job.cancel"
        case endJob = "job.end"
    }

    /// Who did it, as `Principal.name` or a job's requester says it; never a secret.
    package var who: String
    package var act: Act
    /// What it was done to: a token's ID, `site/store`, `job 12`.
    package var subject: String
    /// A JSON object; empty: there is nothing more to say.
    package var detail: [UInt8]

    /// Bytes of detail that are kept; longer ones are left out, and say so.
    package static let detailMax = 16 << 10

    package init(who: String, act: Act, subject: String, detail: [UInt8] = []) {
        self.who = who
        self.act = act
        self.subject = subject
        self.detail = detail.count <= Self.detailMax ? detail : Self.omission(detail.count)
    }

    private static func omission(_ count: Int) -> [UInt8] {
        var out = JSONWriter()
        out.object { $0.field("omitted", "\(count) bytes") }
        return out.bytes
    }
}

/// The same as it is kept.
package struct AuditRecord: Sendable, Hashable {
    /// From 1, ascending.
    package let id: Int64
    package let at: Timestamp
    package let who: String
    /// An ``AuditDraft/Act``, or what a newer larder wrote.
    package let act: String
    package let subject: String
    package let detail: [UInt8]

    /// Records that are kept; the oldest go.
    package static let keptMax = 10_000

    package init(id: Int64, at: Timestamp, who: String, act: String, subject: String, detail: [UInt8]) {
        self.id = id
        self.at = at
        self.who = who
        self.act = act
        self.subject = subject
        self.detail = detail
    }
}
