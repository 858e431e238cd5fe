import LarderModel

extension AuditRecord {
    /// `{"id","at","who","act","subject","detail"?}`
    func write(to out: inout JSONWriter) {
        out.openObject()
        out.field("id", id)
        out.field("at", at)
        out.field("who", who)
        out.field("act", act)
        out.field("subject", subject)
        if !detail.isEmpty { out.field("detail", raw: detail) }
        out.closeObject()
    }
}
