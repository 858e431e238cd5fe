import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Stores and their lists on the native face.
enum NativeLists {
    /// `/v1/stores`
    static let stores = ResourceKind<Void>(
        "stores", [.task(.GET, .HEAD, by: .site(.read)) { _, call, _ in try await stores(call) }])

    /// `/v1/stores/{store}`
    static let store = ResourceKind<StoreName>(
        "store",
        [
            .task(.GET, .HEAD, by: .store(.read) { store, _ in store }) { store, call, _ in
                try await summary(store, call, .ok)
            },
            .task(.PUT, by: .store(.write) { store, _ in store }) { store, call, body in
                guard try await body.collect(limit: 1_000).isEmpty else {
                    throw LarderError(
                        .malformedRequest, "A store is made without a body: its name says which policy it has.")
                }
                if try call.request.flag("dryRun") { return try await preview(store, call) }
                let isNew = try await call.server.blobs.makeStore(store, in: call.permit.site)
                return try await summary(store, call, isNew ? .created : .ok)
            },
            .task(.DELETE, by: .store(.write) { store, _ in store }) { store, call, _ in
                try await remove(store, call)
            },
        ])

    /// What making a store would answer, without making it.
    private static func preview(_ store: StoreName, _ call: Call) async throws -> Answer {
        let site = call.permit.site
        guard try await call.server.blobs.summary(of: store, in: site) == nil else {
            return try await summary(store, call, .ok)
        }
        let nothing = StoreSummary(site: site, name: store, entries: 0, bytes: 0, storedBytes: 0, removed: .init())
        var json = JSONWriter()
        nothing.write(call.server.blobs.policies.policy(for: store), to: &json)
        return .json(.created, json.bytes)
    }

    private static func summary(
        _ store: StoreName, _ call: Call, _ status: HTTPResponseStatus
    ) async throws -> Answer {
        guard let summary = try await call.server.blobs.summary(of: store, in: call.permit.site) else {
            throw LarderError(.notFound, "There is no store '\(store)'; it is made by its first write.")
        }
        var json = JSONWriter()
        summary.write(call.server.blobs.policies.policy(for: store), to: &json)
        return .json(status, json.bytes)
    }

    /// Removes a store; with `all=true` also one that holds entries. What is written to it meanwhile may go, too, or
    /// keep it: then the answer is 409.
    private static func remove(_ store: StoreName, _ call: Call) async throws -> Answer {
        let blobs = call.server.blobs
        let isAll = try call.request.flag("all")
        guard let summary = try await blobs.summary(of: store, in: call.permit.site) else {
            throw LarderError(.notFound, "There is no store '\(store)'.")
        }
        guard isAll || summary.entries == 0 else {
            throw LarderError(.conflict, "'\(store)' holds entries; say all=true to remove them with it.")
        }
        let deleted = isAll ? try await call.deleteEntries(of: store, keepsVersions: false).deleted : 0
        guard try await blobs.removeStore(store, in: call.permit.site) != false else {
            throw LarderError(.conflict, "'\(store)' was written to meanwhile, and is not removed.")
        }
        await call.server.audit.record(
            AuditDraft(who: call.permit.requester, act: .removeStore, subject: "\(call.permit.site)/\(store)"))
        var json = JSONWriter()
        json.object { $0.field("deleted", deleted) }
        return .json(.ok, json.bytes)
    }

    /// `/v1/stores/{store}/entries`
    static let entries = ResourceKind<StoreName>(
        "entries",
        [
            .task(.GET, .HEAD, by: .store(.read) { store, _ in store }) { store, call, _ in
                try await list(store, call)
            },
            .task(.DELETE, by: .store(.write) { store, _ in store }) { store, call, _ in
                try await delete(store, call)
            },
        ])

    /// Every store of the site that the token may see. `?limit&cursor`
    private static func stores(_ call: Call) async throws -> Answer {
        let policies = call.server.blobs.policies
        return try await StoreList(call).answer { stores, json in
            for summary in stores { summary.write(policies.policy(for: summary.name), to: &json) }
        }
    }

    // MARK: Entries

    private static func list(_ store: StoreName, _ call: Call) async throws -> Answer {
        if try call.request.flag("deleted") { return try await NativeVersions.deleted(store, call) }
        let query = try listQuery(call)
        let withMetadata = try call.request.flag("metadata")
        return try await call.list(store, query, entryBytes: 400) { page, json in
            json.name("entries")
            json.array(page.entries) { $1.write(withMetadata: withMetadata, to: &$0) }
            json.name("directories")
            json.array(page.directories) { $0.value(showing: $1) }
            if query.sizes {
                json.name("directorySizes")
                json.array(page.sizes) { $1.write(to: &$0) }
            }
            if let next = page.next { json.field("cursor", next.text) }
        }
    }

    private static func listQuery(_ call: Call) throws(LarderError) -> ListQuery {
        let request = call.request
        var query = ListQuery(prefix: request.queryField("prefix") ?? [], limit: call.server.gate.limits.listPage)
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
        query.sizes = try request.flag("sizes")
        guard !query.sizes || query.directories else {
            throw LarderError(.malformedRequest, "sizes=true goes with a delimiter only.")
        }
        if let text = request.queryField("contains"), !text.isEmpty {
            query.contains = try SearchText(text)
            guard query.order == .key, !query.directories else {
                throw LarderError(.malformedRequest, "contains goes with order=key only, and without a delimiter.")
            }
        }
        if let text = try request.queryText("limit") { query.limit = try call.server.gate.pageLimit(text) }
        query.cursor = try request.listCursor()
        return query
    }

    /// Removes all entries under a prefix; an empty prefix empties the store and so must be meant.
    private static func delete(_ store: StoreName, _ call: Call) async throws -> Answer {
        let prefix = call.request.queryField("prefix") ?? []
        guard try !prefix.isEmpty || call.request.flag("all") else {
            throw LarderError(
                .malformedRequest,
                "An empty prefix would remove every entry of the store; say all=true if that is meant.")
        }
        let result = try await call.deleteEntries(prefix: prefix, of: store)
        var json = JSONWriter()
        json.object { $0.field("deleted", result.deleted) }
        return .json(.ok, json.bytes)
    }
}

extension DirectorySize? {
    fileprivate func write(to out: inout JSONWriter) {
        guard let size = self else { return out.null() }
        out.object { out in
            out.field("entries", size.entries)
            out.field("bytes", size.bytes)
            out.field("isPartial", size.isPartial)
        }
    }
}
