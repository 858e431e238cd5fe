import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// One entry on the Netlify API paths: contents travel through signed URLs, the rest is answered here.
enum NetlifyAPI {
    /// `/api/v1/blobs/{site}/{store}/{key}`
    static let entry = kind("api entry", tradesOnly: false)
    /// `/api/v1/sites/{site}/blobs/{key}`: these always trade in signed URLs.
    static let legacyEntry = kind("legacy entry", tradesOnly: true)

    private static func kind(_ name: String, tradesOnly: Bool) -> ResourceKind<EntryName> {
        ResourceKind(
            name,
            [
                .task(.GET, .HEAD, by: token(.read)) { name, call, _ in
                    if call.request.method == .GET, tradesOnly || wantsSignedURL(call.request) {
                        return signedURL(.readNetlify(name), call)
                    }
                    let content = try await call.entry(name)
                    return try EntryAnswer.make(content, for: call.request, now: call.server.blobs.now) {
                        NetlifyEntry.addAPIFields(content.entry, to: &$0)
                    }
                },
                .task(.PUT, by: token(.write)) { name, call, _ in
                    let maxSize = try EntryLink.maxSize(try call.request.queryText("maxSize"))
                    return signedURL(.write(name, maxSize: maxSize), call)
                },
                .deleteEntry(by: token(.write), isMissingFine: true),
            ])
    }

    private static func token(_ scope: Principal.Scope) -> Right<EntryName> {
        Right { (name, caller) throws(LarderError) in
            try caller.permit(scope, site: name.site, store: name.store)
        }
    }

    private static func wantsSignedURL(_ request: RequestHead) -> Bool {
        request.accepts("application/json", "type=signed-url")
    }

    private static func signedURL(_ link: EntryLink, _ call: Call) -> Answer {
        var json = JSONWriter()
        json.object { $0.field("url", link.url(call)) }
        return .json(.ok, json.bytes)
    }
}
