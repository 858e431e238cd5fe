import Access
import LarderModel

extension Token {
    /// A token as the wire shows it.
    /// - Parameter secret: of a token just made; nil: it is not shown, and nobody knows it any more.
    func write(secret: String?, to out: inout JSONWriter) {
        out.object { out in
            out.field("id", id)
            if let secret { out.field("token", secret) }
            writeRights(to: &out)
            out.field("createdAt", createdAt)
            if let expiresAt { out.field("expiresAt", expiresAt) }
            if let lastUsedAt { out.field("lastUsedAt", lastUsedAt) }
        }
    }

    /// What a new token may do, as the audit log shows it.
    var auditDetail: [UInt8] {
        var out = JSONWriter()
        out.object { out in
            writeRights(to: &out)
            if let expiresAt { out.field("expiresAt", expiresAt) }
        }
        return out.bytes
    }

    private func writeRights(to out: inout JSONWriter) {
        out.field("scopes", texts: scopes.map(\.rawValue).sorted())
        out.field("site", site?.text)
        out.name("stores")
        if let stores { out.array(stores) { $0.value($1.text) } } else { out.null() }
        out.field("note", note)
        if let requests = limit.requestsPerSecond { out.field("requestsPerSecond", requests) }
        if let bytes = limit.bytesPerSecond { out.field("bytesPerSecond", bytes) }
    }
}
