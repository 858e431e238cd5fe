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
}
