import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// The keys of a namespace.
enum KVKeyList {
    /// Keys of one page.
    private static let limits = 10...1_000

    /// `…/keys?prefix&limit&cursor` → `[{name, expiration?, metadata?}]`, in the order of bytes. A page is full while
    /// there are more; the cursor is empty with the page that holds the last key.
    static let kind = ResourceKind<KVNamespace>(
        "kv keys",
        [.task(.GET, by: .kv(.read)) { namespace, call, _ in try await list(namespace, call) }])

    private static func list(_ namespace: KVNamespace, _ call: Call) async throws -> Answer {
        let request = call.request
        var query = ListQuery(
            prefix: request.queryField("prefix") ?? [], limit: limits.upperBound, cursor: try request.listCursor())
        if let text = try request.queryText("limit") {
            guard let limit = Int(text), limits.contains(limit) else {
                throw LarderError(
                    .malformedRequest,
                    "Invalid limit of \(text.prefix(40)): it is from \(limits.lowerBound) to \(limits.upperBound).")
            }
            query.limit = limit
        }
        let lease = BufferLease(call.server.gate.buffers), wanted = query
        let page = try await call.kvRead(namespace) { store in
            try await call.server.blobs.list(store, wanted) { try lease.cover($0) }
        }
        guard let page else { return KVAnswer.noNamespace }
        var answer = KVAnswer.result(
            capacity: 200 + page.entries.count * 200,
            info: { json in
                json.field("count", page.entries.count)
                json.field("cursor", page.next?.text ?? "")
            }
        ) { json in
            json.array(page.entries) { json, entry in
                json.object { json in
                    json.name("name")
                    json.value(showing: entry.key.bytes)
                    if let expiresAt = entry.expiresAt { json.field("expiration", expiresAt.wholeSeconds) }
                    if !entry.metadata.json.isEmpty { json.field("metadata", raw: entry.metadata.json) }
                }
            }
        }
        answer.holding = lease
        return answer
    }
}
