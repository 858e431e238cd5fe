import BlobStore
import Index
import LarderModel
import Logging

/// Says what admins did: a row of the index, and a line of the log.
struct AuditLog: Sendable {
    let blobs: BlobStore
    let logger: Logger

    /// After an act that is done: when the row can't be written, the line says so too.
    func note(_ draft: AuditDraft) async {
        do { try await blobs.change(.evenWhenFull) { try $0.note(draft) } } catch {
            logger.error(
                "an act is missing in the audit log", metadata: ["act": "\(draft.act.rawValue)", "cause": "\(error)"])
        }
        log(draft)
    }

    /// What was done, newest first.
    /// - Parameter before: only older ones than this ID; nil: from the newest.
    func page(before: Int64?, limit: Int) async throws -> [AuditRecord] {
        try await blobs.look { try $0.audit(before: before, limit: limit) }
    }

    /// For an act whose row is written in its own transaction.
    func log(_ draft: AuditDraft) {
        var metadata: Logger.Metadata = [
            "audit": "\(draft.act.rawValue)", "by": "\(draft.who)", "subject": "\(draft.subject)",
        ]
        if !draft.detail.isEmpty { metadata["detail"] = "\(String(decoding: draft.detail, as: UTF8.self))" }
        logger.notice("\(draft.act.rawValue)", metadata: metadata)
    }
}
