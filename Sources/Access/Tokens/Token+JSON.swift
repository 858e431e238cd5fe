package import LarderModel

extension Token {
    /// What it may do, as fields of the object that is open.
    package func writeRights(to out: inout JSONWriter) {
        out.field("scopes", texts: scopes.map(\.rawValue).sorted())
        out.field("site", site?.text)
        out.name("stores")
        if let stores { out.array(stores) { $0.value($1.text) } } else { out.null() }
        out.field("note", note)
        if let requests = limit.requestsPerSecond { out.field("requestsPerSecond", requests) }
        if let bytes = limit.bytesPerSecond { out.field("bytesPerSecond", bytes) }
    }

    /// What the audit log says of a new token.
    var auditDetail: [UInt8] {
        var out = JSONWriter()
        out.object { out in
            writeRights(to: &out)
            if let expiresAt { out.field("expiresAt", expiresAt) }
        }
        return out.bytes
    }
}
