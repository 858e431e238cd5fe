import LarderHTTP
import LarderModel
import NIOHTTP1

/// Where a request goes, found from its head alone: no I/O, so the event loop can ask too.
enum Route: Sendable {
    /// One entry, on one of the faces that show entries.
    case entry(EntryFace, EntryName)
    /// One entry on the Netlify API paths; `isLegacy` ones always trade in signed URLs.
    case netlifyAPIEntry(EntryName, isLegacy: Bool)
    case netlifyStore(SiteID, StoreName)
    case netlifySite(SiteID)
    case nativeStores
    case nativeStore(StoreName)
    case nativeEntries(StoreName)
    case progress(ProgressRoute)
    case memory(MemoryRoute)
    /// `/v1/admin/tokens[/{id}]`
    case tokens(id: String?)
    /// `/v1/admin/cleanup` and its kin, `/v1/admin/jobs[/{id}]`
    case jobs(AdminRoute)
    /// `/v1/admin/tokens/admin/roll`
    case rollAdminToken
    /// `/v1/admin/signing-key/rotate`
    case rotateSigningKey
    /// `/v1/admin/audit`
    case audit
    /// `/v1/sign`
    case sign
    /// `/console/session`
    case session
    /// `/v1/growth`
    case growth
    /// `/console` and the files below it
    case console(path: String)
    case server(ServerRoute)

    var face: RequestMetrics.Face {
        switch self {
        case .entry(.netlify, _), .netlifyAPIEntry, .netlifyStore, .netlifySite: .netlify
        case .entry(.native, _), .nativeStores, .nativeStore, .nativeEntries: .native
        case .entry(.public, _): .public
        case .progress: .progress
        case .memory: .memory
        case .tokens, .rollAdminToken, .rotateSigningKey, .audit, .jobs, .sign, .session, .growth, .console, .server:
            .admin
        }
    }
}

enum Router {
    /// - Throws: `LarderError` `.notFound` for a path of no face, `.invalidKey` and its kin for names that can't be.
    static func route(_ request: RequestHead) throws(LarderError) -> Route {
        guard request.path.hasPrefix("/") else {
            throw LarderError(.malformedRequest, "The request target must be a path.")
        }
        let rest = request.path.utf8.dropFirst()
        let (head, tail) = cut(rest)
        if tail == nil, let route = String(head).flatMap(ServerRoute.init(rawValue:)) { return .server(route) }
        switch String(head) {
        case "v1": return try native(tail, request)
        case ".netlify": return try dotNetlify(tail, request)
        case "api": return try NetlifyPath.api(tail, request)
        case "console" where tail?.elementsEqual("session".utf8) ?? false: return .session
        case "console": return .console(path: tail.flatMap { String($0) } ?? "")
        case let word? where SiteID.reserved.contains(word) || word.isEmpty || word.hasPrefix("."):
            throw notFound(request)
        default: return try NetlifyPath.edge(rest)
        }
    }

    private static func native(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> Route {
        guard let tail else { throw notFound(request) }
        let (collection, afterCollection) = cut(tail)
        if String(collection) == MemoryRoute.storeName {
            return .memory(try MemoryRoute.parse(afterCollection, request))
        }
        if String(collection) == ProgressRoute.storeName {
            return .progress(try ProgressRoute.parse(afterCollection, request))
        }
        if String(collection) == "sign", afterCollection == nil { return .sign }
        if String(collection) == "growth", afterCollection == nil { return .growth }
        if String(collection) == "admin" { return try admin(afterCollection, request) }
        guard String(collection) == "stores" else { throw notFound(request) }
        guard let afterCollection, !afterCollection.isEmpty else { return .nativeStores }
        let (storeText, afterStore) = cut(afterCollection)
        let store = try StoreName(bytes: PercentCoding.decode(storeText))
        guard let afterStore, !afterStore.isEmpty else { return .nativeStore(store) }
        let (word, keyText) = cut(afterStore)
        guard String(word) == "entries" else { throw notFound(request) }
        guard let keyText else { return .nativeEntries(store) }
        let key = try EntryKey(bytes: PercentCoding.decode(keyText))
        return .entry(.native, EntryName(site: try NativeSite.asked(request) ?? .default, store: store, key: key))
    }

    private static func admin(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> Route {
        guard let tail else { throw notFound(request) }
        switch String(Substring(tail)) {
        case "tokens/admin/roll": return .rollAdminToken
        case "signing-key/rotate": return .rotateSigningKey
        case "audit": return .audit
        default: break
        }
        guard case (let word, let id) = cut(tail), String(word) == "tokens" else {
            return .jobs(try AdminRoute.parse(tail, request))
        }
        return .tokens(id: id.flatMap { $0.isEmpty ? nil : String(decoding: PercentCoding.decode($0), as: UTF8.self) })
    }

    /// `/.netlify/blobs/{store}/{key}` and `/.netlify/functions/progress`.
    private static func dotNetlify(_ tail: Substring.UTF8View?, _ request: RequestHead) throws(LarderError) -> Route {
        guard let tail, case (let word, let rest?) = cut(tail) else { throw notFound(request) }
        switch String(word) {
        case "blobs":
            guard case (let storeText, let keyText?) = cut(rest) else { throw notFound(request) }
            let name = EntryName(
                site: try NativeSite.asked(request) ?? .default,
                store: try StoreName(bytes: PercentCoding.decode(storeText)),
                key: try EntryKey(bytes: PercentCoding.decode(keyText)))
            return .entry(.public, name)
        case "functions" where String(rest) == "progress": return .progress(.function)
        default: throw notFound(request)
        }
    }

    /// The part before the first slash, and what follows it; nil when there is no slash.
    static func cut(_ path: Substring.UTF8View) -> (head: Substring.UTF8View, tail: Substring.UTF8View?) {
        guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else { return (path, nil) }
        return (path[..<slash], path[path.index(after: slash)...])
    }

    static func notFound(_ request: RequestHead) -> LarderError {
        LarderError(
            .notFound, "There is nothing at this path; the faces are /{site}/{store}/{key}, /api/v1/blobs/… and /v1/….")
    }
}

/// The site of a native request: the token's; for a token of all sites `?site=`, else the default.
enum NativeSite {
    static func asked(_ request: RequestHead) throws(LarderError) -> SiteID? {
        guard !request.query.isEmpty, let text = try request.queryText("site") else { return nil }
        return try SiteID(text)
    }
}
