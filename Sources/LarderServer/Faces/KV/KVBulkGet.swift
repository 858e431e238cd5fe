import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Many values read at once.
enum KVBulkGet {
    private static let countMax = 100
    /// Bytes of all values together.
    private static let sizeMax = 25 << 20

    /// `POST …/bulk/get {"keys":[…],"type":"text"|"json"?,"withMetadata":…?}` → `{"values":{"key":value|null,…}}`, and
    /// with metadata `{"values":{"key":{"value","metadata","expiration"?}|null,…}}`.
    static let kind = ResourceKind<KVNamespace>(
        "kv bulk get",
        [.task(.POST, by: .kv(.read)) { namespace, call, body in try await get(namespace, call, body) }])

    private struct Wish: Sendable {
        var keys: [EntryKey]
        var isJSON: Bool
        var withMetadata: Bool
    }

    private struct Found: Sendable {
        var entry: Entry
        var value: [UInt8]
    }

    private static func get(_ namespace: KVNamespace, _ call: Call, _ body: IncomingBody) async throws -> Answer {
        let wish = try wish(await body.collect(limit: 1 << 20), call)
        let lease = BufferLease(call.server.gate.buffers)
        let found = try await call.kvRead(namespace) { store in
            var found: [Found?] = []
            var size = 0
            for key in wish.keys {
                let name = EntryName(site: store.site, store: store.name, key: key)
                guard let content = try await call.server.entries.content(name, of: store, unless: { _ in false })
                else {
                    found.append(nil)
                    continue
                }
                size += Int(content.entry.size)
                guard size <= sizeMax else { throw tooLarge }
                try lease.cover(3 * size)
                found.append(Found(entry: content.entry, value: try await content.collect(limit: sizeMax)))
            }
            return found
        }
        guard let found else { return KVAnswer.noNamespace }
        if wish.isJSON { try check(wish.keys, found, call) }
        var answer = KVAnswer.result { json in write(wish, found, to: &json) }
        answer.holding = lease
        return answer
    }

    private static var tooLarge: LarderError {
        LarderError(
            .entryTooLarge,
            "The values are more than \(ByteCount(Int64(sizeMax)).messageText) together; ask for fewer.")
    }

    private static func wish(_ json: [UInt8], _ call: Call) throws(LarderError) -> Wish {
        let fields = try JSONFields(
            json, known: ["keys", "type", "withMetadata"], maxDepth: call.server.gate.limits.jsonDepth)
        guard let list = fields.raw("keys") else { throw LarderError(.malformedRequest, "keys are needed: a list.") }
        let keys = try KVBulkKeys.keys(
            try JSONText.check(list, maxDepth: .max), in: list, limit: countMax,
            tooMany: LarderError(.malformedRequest, "At most \(countMax) keys are read at once."))
        let type = try fields.string("type") ?? "text"
        guard type == "text" || type == "json" else { throw LarderError(.malformedRequest, "type is text or json.") }
        return Wish(keys: keys, isJSON: type == "json", withMetadata: try fields.bool("withMetadata") ?? false)
    }

    private static func check(_ keys: [EntryKey], _ found: [Found?], _ call: Call) throws(LarderError) {
        for (key, one) in zip(keys, found) {
            guard let one else { continue }
            do { _ = try JSONText.check(one.value, maxDepth: call.server.gate.limits.jsonDepth) } catch {
                throw LarderError(.malformedRequest, "The value of '\(key)' is no JSON; ask for text.")
            }
        }
    }

    private static func write(_ wish: Wish, _ found: [Found?], to json: inout JSONWriter) {
        json.object { json in
            json.name("values")
            json.object { json in
                for (key, one) in zip(wish.keys, found) {
                    json.name(quoting: key.bytes)
                    guard let one else {
                        json.null()
                        continue
                    }
                    guard wish.withMetadata else {
                        write(one.value, wish, to: &json)
                        continue
                    }
                    json.object { json in
                        json.name("value")
                        write(one.value, wish, to: &json)
                        json.name("metadata")
                        let metadata = one.entry.metadata.json
                        if metadata.isEmpty { json.null() } else { json.value(raw: metadata) }
                        if let expiresAt = one.entry.expiresAt { json.field("expiration", expiresAt.wholeSeconds) }
                    }
                }
            }
        }
    }

    private static func write(_ value: [UInt8], _ wish: Wish, to json: inout JSONWriter) {
        // A byte order mark is no part of JSON inside other JSON.
        if wish.isJSON { json.value(raw: JSONText.onOneLine(value[...])) } else { json.value(showing: value) }
    }
}
