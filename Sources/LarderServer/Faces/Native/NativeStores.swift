import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Stores and their lists on the native face.
struct NativeStores {
    let context: ServerContext

    /// `GET /v1/stores`: every store of the site.
    func stores(_ request: RequestHead) async throws -> Answer {
        guard request.method == .GET || request.method == .HEAD else {
            throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        }
        let (site, principal) = try context.authorizeSite(request, .read)
        var out = Array(#"{"stores":["#.utf8)
        var after: [UInt8] = []
        var isFirst = true
        // A site has few stores; a page bounds one read, not the answer.
        while true {
            let step = try await context.store.stores(of: site, after: after, limit: ListQuery.maxLimit)
            for summary in step where principal.sees(summary.name) {
                if !isFirst { out.append(UInt8(ascii: ",")) }
                isFirst = false
                append(summary, to: &out)
            }
            guard step.count == ListQuery.maxLimit, let last = step.last else { break }
            after = last.name.bytes
        }
        out.append(contentsOf: "]}".utf8)
        return withoutBodyForHead(.json(.ok, out), request)
    }

    /// `GET /v1/stores/{store}`
    func store(_ store: StoreName, _ request: RequestHead) async throws -> Answer {
        guard request.method == .GET || request.method == .HEAD else {
            throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        }
        let (site, _) = try context.authorizeStore(request, .read, store)
        guard let summary = try await context.store.summary(of: store, in: site) else {
            throw LarderError(.notFound, "There is no store '\(store)'; it is made by its first write.")
        }
        var out: [UInt8] = []
        append(summary, to: &out)
        return withoutBodyForHead(.json(.ok, out), request)
    }

    /// `GET` and `DELETE /v1/stores/{store}/entries`
    func entries(_ store: StoreName, _ request: RequestHead) async throws -> Answer {
        switch request.method {
        case .GET, .HEAD: withoutBodyForHead(try await list(store, request), request)
        case .DELETE: try await delete(store, request)
        default: throw EntryService.wrongMethod(request, allowed: "GET, HEAD, DELETE")
        }
    }

    private func list(_ store: StoreName, _ request: RequestHead) async throws -> Answer {
        let (site, _) = try context.authorizeStore(request, .read, store)
        let query = try listQuery(request)
        let withMetadata = try flag("metadata", request)
        let page = try await context.store.list(store, in: site, query)
        var out = JSONWriter(capacity: page.entries.count * 400)
        out.openObject()
        out.name("entries")
        out.array(page.entries) { $1.write(withMetadata: withMetadata, to: &$0) }
        out.name("directories")
        out.array(page.directories) { $0.value(quoting: $1) }
        if let next = page.next { out.field("cursor", next.text) }
        out.closeObject()
        return .json(.ok, out.bytes)
    }

    private func listQuery(_ request: RequestHead) throws(LarderError) -> ListQuery {
        var query = ListQuery(prefix: request.queryField("prefix") ?? [], limit: context.gate.limits.listPage)
        if let delimiter = try request.queryText("delimiter"), !delimiter.isEmpty {
            guard delimiter == "/" else { throw LarderError(.malformedRequest, "The only delimiter is '/'.") }
            query.directories = true
        }
        if let text = try request.queryText("order") {
            guard let order = ListQuery.Order(rawValue: text) else {
                throw LarderError(.malformedRequest, "order is key, newest or oldest.")
            }
            query.order = order
        }
        guard !query.directories || query.order == .key else {
            throw LarderError(.malformedRequest, "A delimiter goes with order=key only.")
        }
        if let text = try request.queryText("limit") {
            query.limit = try context.gate.pageLimit(text)
        }
        if let text = try request.queryText("cursor"), !text.isEmpty { query.cursor = try ListCursor(text: text) }
        return query
    }

    private func flag(_ name: String, _ request: RequestHead) throws(LarderError) -> Bool {
        switch try request.queryText(name) {
        case nil, "false"?: return false
        case "true"?, ""?: return true
        default: throw LarderError(.malformedRequest, "\(name) is true or false.")
        }
    }

    /// Removes all entries under a prefix; an empty prefix empties the store and so must be meant.
    private func delete(_ store: StoreName, _ request: RequestHead) async throws -> Answer {
        let (site, principal) = try context.authorizeStore(request, .write, store)
        let prefix = request.queryField("prefix") ?? []
        guard try !prefix.isEmpty || flag("all", request) else {
            throw LarderError(
                .malformedRequest,
                "An empty prefix would remove every entry of the store; say all=true if that is meant.")
        }
        let result = try await context.store.deletePrefix(prefix, of: store, in: site)
        if result.deleted > 0 {
            await context.audit.note(
                BulkDelete.draft(result.deleted, prefix: prefix, of: store, in: site, by: principal))
        }
        return .json(.ok, #"{"deleted":\#(result.deleted)}"#)
    }

    private func withoutBodyForHead(_ answer: Answer, _ request: RequestHead) -> Answer {
        request.method == .HEAD ? answer.withoutBody : answer
    }

    // MARK: JSON

    private func append(_ summary: StoreSummary, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"name":"#.utf8)
        JSONText.appendQuoted(summary.name.bytes, to: &out)
        out.append(contentsOf: #","policy":"#.utf8)
        append(context.store.policies.policy(for: summary.name), to: &out)
        out.append(
            contentsOf: (#","entries":\#(summary.entries),"bytes":\#(summary.bytes),"storedBytes":\#(summary.storedBytes)"#
                + #","removed":{"cap":\#(summary.removed.cap),"cleanup":\#(summary.removed.cleanup),"expired":\#(summary.removed.expired)}}"#)
                .utf8)
    }

    private func append(_ policy: Policy, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"name":"#.utf8)
        JSONText.appendQuoted(policy.name.utf8, to: &out)
        out.append(contentsOf: #","description":"#.utf8)
        JSONText.appendQuoted(policy.summary.utf8, to: &out)
        out.append(contentsOf: #","compress":"\#(policy.compression.rawValue)","public":\#(policy.isPublic)"#.utf8)
        append(policy.cacheControl, to: &out)
        out.append(contentsOf: #","rules":["#.utf8)
        for (i, rule) in policy.rules.enumerated() {
            out.append(contentsOf: (i > 0 ? "," : "").utf8)
            out.append(contentsOf: #"{"keys":"#.utf8)
            JSONText.appendQuoted(rule.keys.text.utf8, to: &out)
            out.append(
                contentsOf:
                    #","maxSize":\#(rule.maxSize.bytes),"keep":\#(rule.keep.map { "\"\($0.policyText)\"" } ?? "null")"#
                    .utf8)
            if let log = rule.log {
                out.append(
                    contentsOf:
                        #","log":true,"maxEvents":\#(log.maxEvents),"stalledAfter":"\#(log.stalledAfter.policyText)""#
                        .utf8)
            }
            append(rule.cacheControl, to: &out)
            out.append(UInt8(ascii: "}"))
        }
        out.append(contentsOf: "]}".utf8)
    }

    private func append(_ cacheControl: CacheControl?, to out: inout [UInt8]) {
        guard let cacheControl else { return }
        out.append(contentsOf: #","cacheControl":"#.utf8)
        JSONText.appendQuoted(cacheControl.text.utf8, to: &out)
    }
}
