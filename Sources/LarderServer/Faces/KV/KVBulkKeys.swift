import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Keys that a body lists.
enum KVBulkKeys {
    /// Bytes of such a body: of escapes, a key may have six times as many.
    static let bodyMax = 32 << 20

    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`; what ``KVKey/key(_:)`` does.
    static func keys(_ value: JSONText.Value, in json: [UInt8], limit: Int, tooMany: LarderError) throws(LarderError)
        -> [EntryKey]
    {
        guard let items = try JSONText.items(of: value, in: json, limit: limit) else { throw tooMany }
        var keys: [EntryKey] = []
        keys.reserveCapacity(items.count)
        for item in items {
            guard let text = JSONText.characters(of: item, in: json) else {
                throw LarderError(.malformedRequest, "A key is a text; nothing was changed.")
            }
            keys.append(try KVKey.key(text))
        }
        return keys
    }
}

/// Many keys removed at once.
enum KVBulkDelete {
    /// `POST …/bulk/delete ["key",…]`
    static let kind = ResourceKind<KVNamespace>(
        "kv bulk delete",
        [.task(.POST, by: .kv(.write)) { namespace, call, body in try await delete(namespace, call, body) }])

    static func delete(_ namespace: KVNamespace, _ call: Call, _ body: IncomingBody) async throws -> Answer {
        guard let store = call.permit.namespace else { return KVAnswer.noNamespace }
        let json = try await body.collect(limit: KVBulkKeys.bodyMax, copies: 3, orThrow: KVBulk.tooLarge)
        let value = try JSONText.check(json, maxDepth: call.server.gate.limits.jsonDepth)
        let keys = try KVBulkKeys.keys(value, in: json, limit: KVBulk.countMax, tooMany: KVBulk.tooMany)
        let names = keys.map { EntryName(site: store.site, store: store.name, key: $0) }
        try await call.server.blobs.delete(names, store: store.id)
        return KVAnswer.done(keys: keys.count)
    }
}
