import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// What an entry says of its content, changed without sending the content again (contract §4.2).
enum NativeProperties {
    /// `/v1/stores/{store}/properties/{key}`
    ///
    ///     PATCH {"contentType":"image/png","metadata":{…},"ttl":"24h"|"never"}
    ///
    /// What is left out stays.
    static let kind = ResourceKind<EntryName>(
        "properties",
        [
            .task(.PATCH, by: .store(.write) { name, _ in name.store }) { target, call, body in
                let conditions = try call.request.nativeConditions()
                let amendment = try amendment(await body.collect(limit: bodyMax), call)
                let name = EntryName(site: call.permit.site, store: target.store, key: target.key)
                return NativeEntry.writeAnswer(
                    try await call.server.blobs.amend(name, amendment, conditions: conditions))
            }
        ])

    private static let bodyMax = 16 << 10

    private static func amendment(_ body: [UInt8], _ call: Call) throws(LarderError) -> Amendment {
        let depth = call.server.gate.limits.jsonDepth
        let fields = try JSONFields(body, known: ["contentType", "metadata", "ttl"], maxDepth: depth)
        guard fields.count > 0 else {
            throw LarderError(.malformedRequest, "Say what is to change: contentType, metadata or ttl.")
        }
        var amendment = Amendment()
        if let type = try fields.string("contentType") { amendment.contentType = try contentType(type) }
        if let json = fields.raw("metadata") { amendment.metadata = try Metadata(json: json, maxDepth: depth) }
        if let text = try fields.string("ttl") { amendment.expiry = try expiry(text) }
        return amendment
    }

    /// It becomes a field of answers: characters that a field can't hold are refused.
    private static func contentType(_ text: String) throws(LarderError) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        guard (1...WriteRequest.contentTypeMax).contains(text.utf8.count), isPlain,
            text.utf8.first != 0x20, text.utf8.last != 0x20
        else {
            throw LarderError(
                .malformedRequest,
                "contentType is 1 to \(WriteRequest.contentTypeMax) characters of ASCII, such as image/png.")
        }
        return text
    }

    private static func expiry(_ text: String) throws(LarderError) -> Expiry {
        if text == "never" { return .never }
        guard let lifetime = Duration(parsing: text) else {
            throw LarderError(.malformedRequest, "ttl is a duration such as 24h (s, m, h, d), or never.")
        }
        return .after(lifetime)
    }
}
