package import BlobStore
import Index
package import LarderModel
package import Logging

/// Says what admins did: a row of the index, and a line of the log.
package struct AuditLog: Sendable {
    private let blobs: BlobStore
    private let logger: Logger

    package init(blobs: BlobStore, logger: Logger) {
        self.blobs = blobs
        self.logger = logger
    }

    /// After an act that is done: when the row can't be written, the line says so too.
    package func record(_ draft: AuditDraft) async {
        do { try await blobs.change(.evenWhenFull) { try $0.record(draft) } } catch {
            logger.error(
                "an act is missing in the audit log", metadata: ["act": "\(draft.act.rawValue)", "cause": "\(error)"])
        }
        log(draft)
    }

    /// What was done, newest first.
    /// - Parameter before: only older ones than this ID; nil: from the newest.
    package func page(before: Int64?, limit: Int) async throws -> [AuditRecord] {
        try await blobs.look { try $0.audit(before: before, limit: limit) }
    }

    /// For an act whose row is written in its own transaction.
    package func log(_ draft: AuditDraft) {
        var metadata: Logger.Metadata = [
            "audit": "\(draft.act.rawValue)", "by": "\(draft.who)", "subject": "\(draft.subject)",
        ]
        if !draft.detail.isEmpty { metadata["detail"] = "\(String(decoding: draft.detail, as: UTF8.self))" }
        logger.notice("\(draft.act.rawValue)", metadata: metadata)
    }

    /// Somebody has begun a console session. Sign-ins of admins are acts. Those of others are a line of the log only:
    /// they must not push the acts out.
    package func recordSignIn(_ principal: Principal) async {
        let draft = AuditDraft(who: principal.name, act: .beginSession, subject: "console")
        if (try? principal.checkAdministration()) == nil { log(draft) } else { await record(draft) }
    }
}
