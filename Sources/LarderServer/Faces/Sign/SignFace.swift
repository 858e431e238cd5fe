import Access
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// `POST /v1/sign {store,key,expiresIn?,method?,maxSize?}` → `{"url","expiresAt"}`: a link to one entry, for whoever
/// has it (contract §4.5). Links to read lead to the public path. Links to write (`"method":"PUT"`) lead to the Netlify
/// face and may say how much is taken.
struct SignFace {
    let context: ServerContext

    private static let bodyMax = 16 << 10
    private static let lifetimeDefault = Duration.seconds(24 * 3_600)
    private static let lifetimeMax = Duration.seconds(30 * 86_400)

    func answer(_ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        guard request.method == .POST else { throw EntryService.wrongMethod(request, allowed: "POST") }
        _ = try context.principal(request)
        let fields = try JSONFields(
            await body.collect(limit: Self.bodyMax), known: ["store", "key", "expiresIn", "method", "maxSize"])
        guard let storeText = try fields.string("store"), let keyText = try fields.string("key") else {
            throw LarderError(.malformedRequest, "store and key are needed.")
        }
        let isWrite = try isWrite(fields)
        let store = try StoreName(storeText), key = try EntryKey(keyText)
        let (site, _) = try context.authorizeStore(request, isWrite ? .write : .read, store)
        let lifetime = try lifetime(fields)
        let path: String, signed: String
        if isWrite {
            path = NetlifyPath.encoded(EntryName(site: site, store: store, key: key))
            signed = try Self.writeFields(try fields.string("maxSize"))
        } else {
            guard try fields.string("maxSize") == nil else {
                throw LarderError(.malformedRequest, "maxSize goes with the method PUT.")
            }
            path = "/.netlify/blobs/\(PercentCoding.encode(store.bytes, keeping: ""))/\(NetlifyPath.encoded(key))"
            signed = site == .default ? "" : "site=\(site)"
        }
        let query = context.signer.query(path: path, fields: signed, lifetime: lifetime)
        var out = Array(#"{"url":"#.utf8)
        JSONText.appendQuoted("\(request.origin)\(path)?\(query)".utf8, to: &out)
        out.append(contentsOf: #","expiresAt":"\#(context.store.now + lifetime)"}"#.utf8)
        return .json(.ok, out)
    }

    /// The fields that a signature to write covers.
    /// - Parameter maxSize: a size such as `10MB`, or a number of bytes; nil: what the store's rule allows.
    /// - Throws: `LarderError` `.malformedRequest`.
    static func writeFields(_ maxSize: String?) throws(LarderError) -> String {
        guard let maxSize else { return "method=PUT" }
        guard let size = ByteCount(parsing: maxSize) else {
            throw LarderError(
                .malformedRequest, "maxSize is a size such as 10MB, or a number of bytes; got '\(maxSize.prefix(40))'.")
        }
        return "method=PUT&maxSize=\(size.bytes)"
    }

    private func isWrite(_ fields: JSONFields) throws(LarderError) -> Bool {
        switch try fields.string("method") {
        case nil, "GET"?: return false
        case "PUT"?: return true
        default: throw LarderError(.malformedRequest, "method is GET (also for HEAD) or PUT.")
        }
    }

    private func lifetime(_ fields: JSONFields) throws(LarderError) -> Duration {
        guard let text = try fields.string("expiresIn") else { return Self.lifetimeDefault }
        guard let lifetime = Duration(parsing: text), lifetime <= Self.lifetimeMax else {
            throw LarderError(
                .malformedRequest, "expiresIn is a duration such as 24h, at most \(Self.lifetimeMax.policyText).")
        }
        return lifetime
    }
}
