import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// A store of a site, as a path of the Netlify client names it.
struct NetlifyStore: Sendable {
    let site: SiteID
    let store: StoreName
}

/// Lists and bulk deletes of the Netlify face.
enum NetlifyLists {
    /// `…/{site}?prefix=site:&cursor`
    static let site = ResourceKind<SiteID>(
        "site",
        [
            .task(.GET, by: Right { (site, caller) throws(LarderError) in try caller.permit(.read, site: site) }) {
                _, call, _ in try await stores(call)
            }
        ])

    /// `…/{site}/{store}?prefix&directories=true&cursor`
    static let store = ResourceKind<NetlifyStore>(
        "store",
        [
            .task(.GET, by: token(.read)) { place, call, _ in try await list(place.store, call) },
            .task(.DELETE, by: token(.write)) { place, call, _ in try await deleteAll(place.store, call) },
            .refuse(
                .PUT, .HEAD, with: LarderError(.invalidKey, "The key is empty; name the entry after the store.")),
        ])

    private static func token(_ scope: Principal.Scope) -> Right<NetlifyStore> {
        Right { (place, caller) throws(LarderError) in
            try caller.permit(scope, site: place.site, store: place.store)
        }
    }

    private static func list(_ store: StoreName, _ call: Call) async throws -> Answer {
        let request = call.request
        let query = ListQuery(
            prefix: request.queryField("prefix") ?? [],
            directories: request.queryField("directories")?.elementsEqual("true".utf8) ?? false,
            limit: call.server.gate.limits.listPage, cursor: try request.listCursor())
        return try await call.list(store, query, entryBytes: 160) { page, json in
            json.name("blobs")
            json.array(page.entries) { json, entry in
                json.object { json in
                    json.field("etag", entry.etag.quoted)
                    json.name("key")
                    json.value(showing: entry.key.bytes)
                    json.field("last_modified", entry.modifiedAt)
                    json.field("size", entry.size)
                }
            }
            json.name("directories")
            json.array(page.directories) { $0.value(showing: $1) }
            if let next = page.next { json.field("next_cursor", next.text) }
        }
    }

    /// Entries removed by one request; the client repeats it while `has_more`.
    private static let deletesARequest = 1_000

    private static func deleteAll(_ store: StoreName, _ call: Call) async throws -> Answer {
        let result = try await call.deleteEntries(of: store, limit: deletesARequest)
        var json = JSONWriter()
        json.object { json in
            json.field("blobs_deleted", result.deleted)
            json.field("has_more", result.hasMore)
        }
        return .json(.ok, json.bytes)
    }

    /// The names of the site's stores. A store that has been emptied is not named.
    private static func stores(_ call: Call) async throws -> Answer {
        let prefix = call.request.queryField("prefix") ?? []
        var after: [UInt8] = []
        if case .afterKey(let name)? = try call.request.listCursor() { after = name }
        var names: [[UInt8]] = []
        var next: ListCursor?
        while next == nil {
            let page = try await call.server.blobs.stores(
                of: call.permit.site, after: after, limit: ListQuery.maxLimit)
            for summary in page {
                let name = NetlifyPath.wireName(summary.name)
                guard summary.entries > 0, name.starts(with: prefix), call.permit.sees(summary.name) else { continue }
                if names.count == call.server.gate.limits.listPage {
                    next = .afterKey(after)
                    break
                }
                names.append(name)
                after = summary.name.bytes
            }
            guard page.count == ListQuery.maxLimit, let last = page.last else { break }
            if next == nil { after = last.name.bytes }
        }
        var json = JSONWriter()
        json.object { json in
            json.name("stores")
            json.array(names) { $0.value(quoting: $1) }
            if let next { json.field("next_cursor", next.text) }
        }
        return .json(.ok, json.bytes)
    }
}
