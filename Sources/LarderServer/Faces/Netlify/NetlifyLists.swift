import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Lists and bulk deletes of the Netlify face.
struct NetlifyLists {
    let context: ServerContext

    /// `GET …/{store}?prefix&directories=true&cursor`
    func list(_ site: SiteID, _ store: StoreName, _ request: RequestHead) async throws -> Answer {
        try context.authorize(request, .read, site: site, store: store)
        let query = ListQuery(
            prefix: request.queryField("prefix") ?? [],
            directories: request.queryField("directories")?.elementsEqual("true".utf8) ?? false,
            limit: context.gate.limits.listPage, cursor: try cursor(request))
        let page = try await context.store.list(store, in: site, query)
        var out = Array(#"{"blobs":["#.utf8)
        out.reserveCapacity(page.entries.count * 160)
        for (i, entry) in page.entries.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: #"{"etag":"#.utf8)
            JSONText.appendQuoted(entry.etag.quoted.utf8, to: &out)
            out.append(contentsOf: #","key":"#.utf8)
            JSONText.appendQuoted(entry.key.bytes, to: &out)
            out.append(contentsOf: #","last_modified":""#.utf8)
            out.append(contentsOf: entry.modifiedAt.iso8601Bytes)
            out.append(contentsOf: #"","size":\#(entry.size)}"#.utf8)
        }
        out.append(contentsOf: #"],"directories":["#.utf8)
        for (i, directory) in page.directories.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.appendQuoted(directory, to: &out)
        }
        out.append(UInt8(ascii: "]"))
        appendCursor(page.next, &out)
        out.append(UInt8(ascii: "}"))
        return .json(.ok, out)
    }

    /// Entries removed by one request; the client repeats it while `has_more`.
    private static let deletesARequest = 1_000

    /// `DELETE …/{store}`
    func deleteAll(_ site: SiteID, _ store: StoreName, _ request: RequestHead) async throws -> Answer {
        let principal = try context.principal(request)
        try principal.check(.write, site: site, store: store)
        let result = try await context.store.deletePrefix([], of: store, in: site, limit: Self.deletesARequest)
        if result.deleted > 0 {
            await context.audit.note(BulkDelete.draft(result.deleted, of: store, in: site, by: principal))
        }
        return .json(.ok, #"{"blobs_deleted":\#(result.deleted),"has_more":\#(result.hasMore)}"#)
    }

    /// `GET …/{site}?prefix=site:&cursor`. A store that has been emptied is not named.
    func stores(_ site: SiteID, _ request: RequestHead) async throws -> Answer {
        let principal = try context.principal(request)
        try principal.check(.read, site: site)
        let prefix = request.queryField("prefix") ?? []
        var after: [UInt8] = []
        if case .afterKey(let name)? = try cursor(request) { after = name }
        var names: [[UInt8]] = []
        var next: ListCursor?
        while next == nil {
            let step = try await context.store.stores(of: site, after: after, limit: ListQuery.maxLimit)
            for summary in step {
                let name = NetlifyPath.wireName(summary.name)
                guard summary.entries > 0, name.starts(with: prefix), principal.sees(summary.name) else { continue }
                if names.count == context.gate.limits.listPage {
                    next = .afterKey(after)
                    break
                }
                names.append(name)
                after = summary.name.bytes
            }
            guard step.count == ListQuery.maxLimit, let last = step.last else { break }
            if next == nil { after = last.name.bytes }
        }
        var out = Array(#"{"stores":["#.utf8)
        for (i, name) in names.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            JSONText.appendQuoted(name, to: &out)
        }
        out.append(UInt8(ascii: "]"))
        appendCursor(next, &out)
        out.append(UInt8(ascii: "}"))
        return .json(.ok, out)
    }

    private func cursor(_ request: RequestHead) throws(LarderError) -> ListCursor? {
        guard let text = try request.queryText("cursor"), !text.isEmpty else { return nil }
        return try ListCursor(text: text)
    }

    private func appendCursor(_ next: ListCursor?, _ out: inout [UInt8]) {
        guard let next else { return }
        out.append(contentsOf: #","next_cursor":"#.utf8)
        JSONText.appendQuoted(next.text.utf8, to: &out)
    }
}
