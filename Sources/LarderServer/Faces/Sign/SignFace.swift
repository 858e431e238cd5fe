import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

extension Face {
    /// `POST /v1/sign {store,key,expiresIn?,method?,maxSize?}` → `{"url","expiresAt"}`: a link to one entry, for
    /// whoever has it (contract §4.5). Links to read lead to the public path. Links to write (`"method":"PUT"`) lead to
    /// the Netlify client's path and may say how much is taken.
    static let sign = Face(
        label: "admin", errors: .json,
        routes: [Route("/v1/sign", credentials: [.token, .cookie], crossOrigin: .listed, Signing.kind)])
}

private enum Signing {
    static let kind = ResourceKind<Void>(
        "sign", [.task(.POST, by: .anyToken) { _, call, body in try await sign(call, body) }])

    private static let bodyMax = 16 << 10
    private static let lifetimeDefault = Duration.seconds(24 * 3_600)
    private static let lifetimeMax = Duration.seconds(30 * 86_400)

    private static func sign(_ call: Call, _ body: IncomingBody) async throws -> Answer {
        let fields = try JSONFields(
            await body.collect(limit: bodyMax), known: ["store", "key", "expiresIn", "method", "maxSize"],
            maxDepth: call.server.gate.limits.jsonDepth)
        guard let storeText = try fields.string("store"), let keyText = try fields.string("key") else {
            throw LarderError(.malformedRequest, "store and key are needed.")
        }
        let isWrite = try isWrite(fields)
        let store = try StoreName(storeText)
        // Links to write lead to a path of the Netlify client, which takes fewer keys.
        let key = isWrite ? try NetlifyPath.key(Array(keyText.utf8)) : try EntryKey(keyText)
        let site = try call.site(for: isWrite ? .write : .read, store)
        let lifetime = try lifetime(fields)
        let link = try link(to: EntryName(site: site, store: store, key: key), isWrite: isWrite, fields)
        var json = JSONWriter()
        json.object { json in
            json.field("url", link.url(call, lifetime: lifetime))
            json.field("expiresAt", call.server.blobs.now + lifetime)
        }
        return .json(.ok, json.bytes)
    }

    private static func link(to name: EntryName, isWrite: Bool, _ fields: JSONFields) throws(LarderError) -> EntryLink {
        let maxSize = try fields.string("maxSize")
        if isWrite { return .write(name, maxSize: try EntryLink.maxSize(maxSize)) }
        guard maxSize == nil else { throw LarderError(.malformedRequest, "maxSize goes with the method PUT.") }
        return .read(name)
    }

    private static func isWrite(_ fields: JSONFields) throws(LarderError) -> Bool {
        switch try fields.string("method") {
        case nil, "GET"?: return false
        case "PUT"?: return true
        default: throw LarderError(.malformedRequest, "method is GET (also for HEAD) or PUT.")
        }
    }

    private static func lifetime(_ fields: JSONFields) throws(LarderError) -> Duration {
        guard let text = try fields.string("expiresIn") else { return lifetimeDefault }
        guard let lifetime = Duration(parsing: text), lifetime <= lifetimeMax else {
            throw LarderError(
                .malformedRequest, "expiresIn is a duration such as 24h, at most \(lifetimeMax.policyText).")
        }
        return lifetime
    }
}
