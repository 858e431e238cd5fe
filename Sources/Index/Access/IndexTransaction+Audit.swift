package import LarderModel

extension IndexTransaction {
    /// Writes down what was done, in the transaction that does it where there is one. Beyond `AuditRecord.keptMax` the
    /// oldest go.
    package func record(_ draft: AuditDraft) throws {
        let id = try db.insert("INSERT INTO audit (at, who, act, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)") {
            $0.set(1, now)
            $0.set(2, draft.who)
            $0.set(3, draft.act.rawValue)
            $0.set(4, draft.subject)
            $0.set(5, draft.detail)
        }
        guard let id else { throw IndexDamage(what: "an audit record is gone at once") }
        try db.run("DELETE FROM audit WHERE id <= ?1") { $0.set(1, id - Int64(AuditRecord.keptMax)) }
    }
}
