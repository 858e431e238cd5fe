import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// The namespaces of an account: every store of its site that the token may see.
enum KVNamespaceList {
    /// `…/namespaces?page&per_page&order=id|title&direction=asc|desc`, and `POST {title}`.
    static let kind = ResourceKind<KVAccount>(
        "kv namespaces",
        [
            .task(.GET, by: .kv(.read)) { _, call, _ in try await list(call) },
            .task(.POST, by: .kv(.write)) { _, call, body in try await create(call, body) },
        ])

    private static let perPageDefault = 20
    private static let perPageMax = 1_000

    private static func list(_ call: Call) async throws -> Answer {
        let page = try number("page", 1...Int(Int32.max), call.request) ?? 1
        let perPage = try number("per_page", 1...perPageMax, call.request) ?? perPageDefault
        let order = try choice("order", ["title", "id"], call.request)
        let isDown = try choice("direction", ["asc", "desc"], call.request) == "desc"
        let site = call.permit.site
        var stores = try await visibleStores(call)
        let total = stores.count
        let namespaces = call.server.namespaces
        if order == "id" {
            let ids = try await namespaces.all(stores, in: site)
            let named = stores.map { (store: $0, id: ids[$0.name]?.bytes ?? []) }
            stores = named.sorted { $0.id.lexicographicallyPrecedes($1.id) }.map(\.store)
        }
        if isDown { stores.reverse() }
        let some = Array(stores.dropFirst((page - 1) * perPage).prefix(perPage))
        let ids = try await namespaces.all(some, in: site)
        let shown = some.compactMap { store in ids[store.name].map { (store.name, $0) } }
        return KVAnswer.result(
            capacity: 200 + shown.count * 120,
            info: { json in
                json.field("page", page)
                json.field("per_page", perPage)
                json.field("count", shown.count)
                json.field("total_count", total)
                json.field("total_pages", (total + perPage - 1) / perPage)
            }
        ) { json in
            json.array(shown) { json, namespace in json.namespace(namespace.1, namespace.0) }
        }
    }

    /// By their names, in the order of bytes.
    private static func visibleStores(_ call: Call) async throws -> [StoreSummary] {
        var found: [StoreSummary] = []
        var after: [UInt8] = []
        while true {
            let page = try await call.server.blobs.stores(of: call.permit.site, after: after, limit: perPageMax)
            found += page.filter { call.permit.sees($0.name) }
            guard page.count == perPageMax, let last = page.last else { return found }
            after = last.name.bytes
        }
    }

    private static func create(_ call: Call, _ body: IncomingBody) async throws -> Answer {
        let title = try await title(body, call)
        try call.permit.principal?.check(.write, site: call.permit.site, store: title)
        guard let namespace = try await call.server.namespaces.create(title, in: call.permit.site) else {
            return KVAnswer.titleTaken
        }
        return KVAnswer.result { $0.namespace(namespace.id, namespace.store.name) }
    }

    private static let bodyMax = 16 << 10

    /// The title that a body gives a namespace.
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`, `.invalidStore`.
    static func title(_ body: IncomingBody, _ call: Call) async throws -> StoreName {
        let bytes = try await body.collect(limit: bodyMax)
        let value = try JSONText.check(bytes, maxDepth: call.server.gate.limits.jsonDepth)
        guard value.kind == .object,
            let field = try JSONText.members(of: value, in: bytes).last(where: { $0.name.elementsEqual("title".utf8) }),
            let title = JSONText.characters(of: field.value, in: bytes)
        else { throw LarderError(.malformedRequest, "title is needed: 1 to 64 bytes without '/'.") }
        return try StoreName(bytes: title)
    }

    private static func number(_ name: String, _ range: ClosedRange<Int>, _ request: RequestHead)
        throws(LarderError) -> Int?
    {
        guard let text = try request.queryText(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw LarderError(.malformedRequest, "\(name) is from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    private static func choice(_ name: String, _ words: [String], _ request: RequestHead) throws(LarderError) -> String
    {
        guard let text = try request.queryText(name) else { return words[0] }
        guard words.contains(text) else {
            throw LarderError(.malformedRequest, "\(name) is \(words.joined(separator: " or ")).")
        }
        return text
    }
}

extension JSONWriter {
    /// A namespace as Cloudflare shows it.
    mutating func namespace(_ id: NamespaceID, _ title: StoreName) {
        object { json in
            json.field("id", id.description)
            json.field("title", quoting: title.bytes)
            json.field("supports_url_encoding", true)
        }
    }
}
