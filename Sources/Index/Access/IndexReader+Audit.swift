package import LarderModel

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
