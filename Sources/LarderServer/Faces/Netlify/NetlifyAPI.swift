import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// One entry on the Netlify API paths: contents travel through signed URLs, the rest is answered here.
struct NetlifyAPI {
    let context: ServerContext

    private static let signedURLType = "application/json;type=signed-url"

    func answer(_ name: EntryName, isLegacy: Bool, _ request: RequestHead) async throws -> Answer {
        let isRead = request.method == .GET || request.method == .HEAD
        try context.authorize(request, isRead ? .read : .write, site: name.site, store: name.store)
        switch request.method {
        case .PUT: return signedURL(name, try SignFace.writeFields(try request.queryText("maxSize")), request)
        case .GET where isLegacy || wantsSignedURL(request): return signedURL(name, "", request)
        case .GET, .HEAD:
            guard let content = try await context.entries.content(name) else { throw EntryService.missing(name) }
            return try EntryAnswer.make(content, for: request) { NetlifyEntry.addAPIFields(content.entry, to: &$0) }
        case .DELETE:
            _ = try await context.store.delete(name, conditions: try request.preconditions())
            return Answer(.noContent)
        default: throw EntryService.wrongMethod(request, allowed: "GET, HEAD, PUT, DELETE")
        }
    }

    private func wantsSignedURL(_ request: RequestHead) -> Bool {
        request.field("accept")?.lowercased().filter { $0 != " " }.contains(Self.signedURLType) ?? false
    }

    private func signedURL(_ name: EntryName, _ fields: String, _ request: RequestHead) -> Answer {
        let path = NetlifyPath.encoded(name)
        let url = request.origin + path + "?" + context.signer.query(path: path, fields: fields)
        var out = Array(#"{"url":"#.utf8)
        JSONText.appendQuoted(url.utf8, to: &out)
        out.append(UInt8(ascii: "}"))
        return .json(.ok, out)
    }
}
