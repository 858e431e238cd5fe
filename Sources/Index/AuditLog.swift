import GRDB
import LarderModel

extension IndexTransaction {
    /// Writes down what was done, in the transaction that does it where there is one. Beyond `AuditRecord.keptMax` the
    /// oldest go.
    package func note(_ draft: AuditDraft) throws {
        try db.run("INSERT INTO audit (at, who, act, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)") {
            $0.set(1, now)
            $0.set(2, draft.who)
            $0.set(3, draft.act.rawValue)
            $0.set(4, draft.subject)
            $0.set(5, draft.detail)
        }
        let oldest = db.lastInsertedRowID - Int64(AuditRecord.keptMax)
        try db.run("DELETE FROM audit WHERE id <= ?1") { $0.set(1, oldest) }
    }
}

extension IndexReader {
    /// Newest first.
    /// - Parameter before: only older ones than this ID; nil: from the newest.
    package func audit(before: Int64?, limit: Int) throws -> [AuditRecord] {
        var records: [AuditRecord] = []
        try db.each("SELECT id, at, who, act, subject, detail FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2") {
            $0.set(1, before ?? .max)
            $0.set(2, limit)
        } _: {
            records.append(
                AuditRecord(
                    id: $0.int64(0), at: $0.timestamp(1), who: $0.string(2), act: $0.string(3), subject: $0.string(4),
                    detail: $0.bytes(5)))
            return true
        }
        return records
    }
}
