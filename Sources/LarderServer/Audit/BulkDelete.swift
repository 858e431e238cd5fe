import Access
import LarderModel

/// What the audit log says of many entries that went at once.
enum BulkDelete {
    /// `{"deleted","prefix"?}`; a prefix that is not UTF-8 is shown with replacement characters.
    static func draft(
        _ deleted: Int, prefix: [UInt8] = [], of store: StoreName, in site: SiteID, by principal: Principal
    ) -> AuditDraft {
        var detail = Array(#"{"deleted":\#(deleted)"#.utf8)
        if !prefix.isEmpty {
            detail.append(contentsOf: #","prefix":"#.utf8)
            JSONText.appendQuoted(String(decoding: prefix, as: UTF8.self).utf8, to: &detail)
        }
        return AuditDraft(
            who: principal.name, act: prefix.isEmpty ? .emptyStore : .deleteEntries, subject: "\(site)/\(store)",
            detail: detail + [UInt8(ascii: "}")])
    }
}
