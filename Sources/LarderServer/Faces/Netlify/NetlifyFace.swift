import LarderHTTP
import LarderModel

extension Face {
    /// What the `@netlify/blobs` client speaks (contract §4.1): its edge paths `[region:R/]{site}[/{store}[/{key}]]`,
    /// which are all that no other face takes, and its API paths below `/api`.
    static let netlify = Face(
        label: "netlify", errors: .netlify,
        routes: [
            Route("/api", credentials: [.token], resource: NetlifyRoutes.api),
            Route("", credentials: [.token]) { (path, request) throws(LarderError) in
                guard let path, !path.isEmpty else { return FrontDoor.resource(for: request) }
                guard !NetlifyRoutes.isReserved(path.cut().head) else { return nil }
                return try NetlifyRoutes.edge(path, entry: NetlifyEntry.kind)
            },
        ])
}

/// What the client's paths name.
enum NetlifyRoutes {
    /// Whether a first segment is no site, so that its path names nothing.
    static func isReserved(_ head: PathPart) -> Bool {
        guard let word = String(head) else { return false }
        return word.isEmpty || word.hasPrefix(".") || SiteID.reserved.contains(word)
    }

    /// `[region:R/]{site}[/{store}[/{key}]]`
    static func edge(_ path: PathPart, entry: ResourceKind<EntryName>) throws(LarderError) -> Resource {
        var (head, tail) = path.cut()
        if PercentCoding.decode(head).starts(with: "region:".utf8), let rest = tail { (head, tail) = rest.cut() }
        let site = try site(head)
        guard let tail, !tail.isEmpty else { return Resource(site, NetlifyLists.site) }
        let (storeText, keyText) = tail.cut()
        let store = try NetlifyPath.store(PercentCoding.decode(storeText))
        guard let keyText else { return Resource(NetlifyStore(site: site, store: store), NetlifyLists.store) }
        let key = try NetlifyPath.key(PercentCoding.decode(keyText))
        return Resource(EntryName(site: site, store: store, key: key), entry)
    }

    /// `v1/blobs/{site}[/{store}[/{key}]]`, and the legacy `v1/sites/{site}/blobs[/{key}]?context={store}`.
    @Sendable static func api(_ path: PathPart?, _ request: RequestHead) throws(LarderError) -> Resource? {
        guard let path, case (let version, let rest?) = path.cut(), version.isWord("v1"),
            case (let collection, let inner?) = rest.cut()
        else { return nil }
        if collection.isWord("blobs") { return try edge(inner, entry: NetlifyAPI.entry) }
        guard collection.isWord("sites") else { return nil }
        let (siteText, afterSite) = inner.cut()
        guard let (word, keyText) = afterSite?.cut(), word.isWord("blobs") else { return nil }
        let site = try site(siteText)
        let store = try NetlifyPath.store(request.queryField("context") ?? Array("production".utf8))
        guard let keyText, !keyText.isEmpty else {
            return Resource(NetlifyStore(site: site, store: store), NetlifyLists.store)
        }
        let key = try NetlifyPath.key(PercentCoding.decode(keyText))
        return Resource(EntryName(site: site, store: store, key: key), NetlifyAPI.legacyEntry)
    }

    private static func site(_ bytes: PathPart) throws(LarderError) -> SiteID {
        guard let text = String(validating: PercentCoding.decode(bytes), as: UTF8.self) else {
            throw LarderError(.invalidSite, "The site ID must be UTF-8.")
        }
        return try SiteID(text)
    }
}
