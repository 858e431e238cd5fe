import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// A request that was let in, with what its handler works with.
struct Call: Sendable {
    let request: RequestHead
    let server: ServerContext
    let permit: Permit

    /// Lets the request act on a store that only its handler knows of, in the native site.
    /// - Returns: the site.
    /// - Throws: `LarderError` `.unauthorized`, `.forbidden`.
    func site(for scope: Principal.Scope, _ store: StoreName) throws(LarderError) -> SiteID {
        guard let principal = permit.principal else {
            throw LarderError(.unauthorized, "A token is needed: Authorization: Bearer <token>.")
        }
        let site = try NativeSite.asked(request) ?? principal.site ?? .default
        try principal.check(scope, site: site, store: store)
        return site
    }

    /// An event stream; to HEAD, its fields.
    func follow(_ source: @escaping Handling.Source) -> Handling {
        guard request.method == .GET else { return .answer(EventStream.head) }
        return .follow(isAllowed: { isStillAllowed }, source)
    }

    /// Whether who was let in still would be. Streams ask it as they go.
    var isStillAllowed: Bool { server.access.standing(of: permit.grounds) == .good }
}
