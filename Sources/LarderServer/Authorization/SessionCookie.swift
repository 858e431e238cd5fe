import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// The console's cookie, and the requests in which it counts.
///
/// A browser adds cookies to requests by itself, so each must come from a page of this very origin: reads are otherwise
/// treated as if there were no cookie, changes must also carry `Larder-CSRF`, which another origin's page can't know.
enum SessionCookie {
    static let name = "larder_session"
    static let csrfField = "larder-csrf"

    /// The session of a request.
    /// - Returns: nil when there is no cookie that counts here.
    /// - Throws: `LarderError` `.crossOrigin` for a change that may come from elsewhere; `.unauthorized` for a session
    ///   that is not known here and may be on another node.
    static func session(_ request: RequestHead, _ context: ServerContext) throws(LarderError) -> (
        Sessions.Session, csrf: String
    )? {
        guard let secret = request.cookie(name),
            request.field("sec-fetch-site")?.lowercased() != "cross-site",
            let session = try context.sessions.session(secret: secret)
        else { return nil }
        let isOwn = isOwnOrigin(request)
        let csrf = Sessions.csrf(secret: secret)
        if request.method == .GET || request.method == .HEAD { return isOwn ? (session, csrf) : nil }
        guard isOwn else {
            throw LarderError(
                .crossOrigin, "A change with the console's cookie must come from the console's own origin.")
        }
        guard let shown = request.field(csrfField), equalInConstantTime(Array(shown.utf8), Array(csrf.utf8)) else {
            throw LarderError(
                .crossOrigin,
                "A change with the console's cookie needs the field Larder-CSRF, as /console/session gave it.")
        }
        return (session, csrf)
    }

    /// Who asks, by the cookie. An `Authorization` field wins over it.
    static func principal(_ request: RequestHead, _ context: ServerContext) throws(LarderError) -> Principal? {
        guard !request.headers.contains(name: "authorization") else { return nil }
        return try session(request, context)?.0.principal
    }

    /// Whether nothing says that the request comes from a page of another origin. Browsers say so by `Sec-Fetch-Site`
    /// (of old ones only the newer half), and by `Origin` on all changes.
    static func isOwnOrigin(_ request: RequestHead) -> Bool {
        switch request.field("sec-fetch-site")?.lowercased() {
        case nil, "same-origin"?, "none"?: break
        default: return false
        }
        guard let origin = request.field("origin") else { return true }
        return origin.lowercased() == request.origin.lowercased()
    }

    static func setting(_ secret: String, _ request: RequestHead) -> String {
        line(secret, maxAge: Sessions.lifetime.components.seconds, request)
    }
    static func clearing(_ request: RequestHead) -> String { line("", maxAge: 0, request) }

    private static func line(_ value: String, maxAge: Int64, _ request: RequestHead) -> String {
        "\(name)=\(value); HttpOnly; SameSite=Strict; Path=/; Max-Age=\(maxAge)" + (request.isSecure ? "; Secure" : "")
    }
}
