import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Something by which a request says who asks. A face whose clients bring something else makes one of its own, in its
/// folder.
struct Credential: Sendable {
    /// Who asks; nil: the request does not carry it. Throws `LarderError` `.unauthorized`, `.crossOrigin` when it
    /// carries one that does not count.
    let principal: @Sendable (RequestHead, ServerContext) throws(LarderError) -> Principal?

    /// `Authorization: Bearer …`
    static let token = Credential { (request, server) throws(LarderError) in
        guard let field = request.headers.first(name: "authorization") else { return nil }
        return try server.authenticator.principal(authorization: field)
    }

    /// The console's cookie. Browsers add it by themselves, so it counts on the routes that the console uses, and never
    /// on those of the Netlify client.
    static let cookie = Credential(principal: SessionCookie.principal)
}
