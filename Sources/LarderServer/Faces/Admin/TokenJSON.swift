import Access
import LarderModel

/// Tokens as the wire and the audit log show them.
enum TokenJSON {
    /// - Parameter secret: of a token just made; nil: it is not shown, and nobody knows it any more.
    static func append(_ token: Token, secret: String?, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"id":\#(quoted(token.id))"#.utf8)
        if let secret { out.append(contentsOf: #","token":\#(quoted(secret))"#.utf8) }
        out.append(contentsOf: ("," + rights(token) + #","createdAt":"\#(token.createdAt)""#).utf8)
        if let expiresAt = token.expiresAt { out.append(contentsOf: #","expiresAt":"\#(expiresAt)""#.utf8) }
        if let lastUsedAt = token.lastUsedAt { out.append(contentsOf: #","lastUsedAt":"\#(lastUsedAt)""#.utf8) }
        out.append(UInt8(ascii: "}"))
    }

    /// What a new token may do.
    static func audit(_ token: Token) -> [UInt8] {
        Array(("{" + rights(token) + (token.expiresAt.map { #","expiresAt":"\#($0)""# } ?? "") + "}").utf8)
    }

    private static func rights(_ token: Token) -> String {
        let scopes = token.scopes.map { quoted($0.rawValue) }.sorted().joined(separator: ",")
        let stores = token.stores.map { "[\($0.map { quoted($0.text) }.joined(separator: ","))]" } ?? "null"
        return
            #""scopes":[\#(scopes)],"site":\#(token.site.map { quoted($0.text) } ?? "null"),"stores":\#(stores),"note":\#(quoted(token.note))"#
            + (token.limit.requestsPerSecond.map { #","requestsPerSecond":\#($0)"# } ?? "")
            + (token.limit.bytesPerSecond.map { #","bytesPerSecond":\#($0)"# } ?? "")
    }

    private static func quoted(_ text: String) -> String { String(decoding: JSONText.quote(text.utf8), as: UTF8.self) }
}
