import LarderHTTP
import LarderModel

/// Paths of the Netlify face (contract §4.1).
enum NetlifyPath {
    /// `[region:R/]{site}[/{store}[/{key}]]`, without the leading slash.
    static func edge(_ path: Substring.UTF8View) throws(LarderError) -> Route {
        var (head, tail) = Router.cut(path)
        if PercentCoding.decode(head).starts(with: "region:".utf8), let rest = tail { (head, tail) = Router.cut(rest) }
        let site = try site(head)
        guard let tail, !tail.isEmpty else { return .netlifySite(site) }
        let (storeText, keyText) = Router.cut(tail)
        let store = try store(PercentCoding.decode(storeText))
        guard let keyText else { return .netlifyStore(site, store) }
        return .entry(
            .netlify, EntryName(site: site, store: store, key: try EntryKey(bytes: PercentCoding.decode(keyText))))
    }

    /// `v1/blobs/{site}[/{store}[/{key}]]`, and the legacy `v1/sites/{site}/blobs[/{key}]?context={store}`, behind
    /// `/api/`.
    static func api(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> Route {
        guard let tail, case (let version, let rest?) = Router.cut(tail), String(version) == "v1",
            case (let collection, let inner?) = Router.cut(rest)
        else { throw Router.notFound(request) }
        switch String(collection) {
        case "blobs":
            switch try edge(inner) {
            case .entry(_, let name): return .netlifyAPIEntry(name, isLegacy: false)
            case let route: return route
            }
        case "sites":
            let (siteText, afterSite) = Router.cut(inner)
            guard let afterSite, case (let word, let keyText) = Router.cut(afterSite), String(word) == "blobs" else {
                throw Router.notFound(request)
            }
            let site = try site(siteText)
            let store = try store(request.queryField("context") ?? Array("production".utf8))
            guard let keyText, !keyText.isEmpty else { return .netlifyStore(site, store) }
            let key = try EntryKey(bytes: PercentCoding.decode(keyText))
            return .netlifyAPIEntry(EntryName(site: site, store: store, key: key), isLegacy: true)
        default: throw Router.notFound(request)
        }
    }

    private static func site(_ bytes: Substring.UTF8View) throws(LarderError) -> SiteID {
        guard let text = String(validating: PercentCoding.decode(bytes), as: UTF8.self) else {
            throw LarderError(.invalidSite, "The site ID must be UTF-8.")
        }
        return try SiteID(text)
    }

    private static let sitePrefix = Array("site:".utf8)
    private static let deployPrefix = Array("deploy:".utf8)

    /// A store's name as clients send it: `site:<name>` is the store `<name>`, `deploy:…` is kept whole, and so is a
    /// bare name.
    static func store(_ wire: [UInt8]) throws(LarderError) -> StoreName {
        try StoreName(bytes: wire.starts(with: sitePrefix) ? Array(wire.dropFirst(sitePrefix.count)) : wire)
    }

    /// What ``store(_:)`` reads.
    static func wireName(_ store: StoreName) -> [UInt8] {
        store.bytes.starts(with: deployPrefix) ? store.bytes : sitePrefix + store.bytes
    }

    /// The edge path of an entry, encoded so that URL code between here and back leaves it alone: where a segment of
    /// the key is `.` or `..`, the slashes are encoded too.
    static func encoded(_ name: EntryName) -> String {
        "/\(name.site)/\(PercentCoding.encode(wireName(name.store), keeping: ":"))/\(encoded(name.key))"
    }

    /// A key for a path, encoded so that URL code leaves it alone.
    static func encoded(_ key: EntryKey) -> String {
        let segments = key.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let hasDots = segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
        return PercentCoding.encode(key.bytes, keeping: hasDots ? "" : "/")
    }
}
