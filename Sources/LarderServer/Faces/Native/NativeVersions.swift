import Access
import BlobStore
import Index
import LarderHTTP
import LarderModel
import NIOHTTP1

/// What writes and deletions replaced, as the native face shows it.
enum NativeVersions {
    /// GET and HEAD of an entry with `?versions` or `?version=`; nil: the query has neither.
    static func reading(_ name: EntryName, _ call: Call) throws -> Handling? {
        let wantsList = try call.request.flag("versions"), etag = try etag(call, "version")
        guard wantsList || etag != nil else { return nil }
        // Whoever signed a URL meant what the entry holds, not what was there before.
        guard call.permit.exposure != .signature else {
            throw LarderError(.forbidden, "A signed URL opens the current content only; versions take a token.")
        }
        guard !wantsList, let etag else { return .task { _ in try await list(name, call) } }
        return .task { _ in try await version(name, etag, call) }
    }

    /// `?versions&limit&cursor`, newest first.
    private static func list(_ name: EntryName, _ call: Call) async throws -> Answer {
        var limit = call.server.gate.limits.listPage
        if let text = try call.request.queryText("limit") { limit = try call.server.gate.pageLimit(text) }
        let before = try call.request.number("cursor")
        let versions = try await call.server.blobs.versions(of: name, before: before, limit: limit + 1)
        if versions.isEmpty, before == nil, try await call.server.blobs.entry(name) == nil {
            throw LarderError(
                .notFound, "There is neither an entry '\(name.key)' in the store '\(name.store)' nor a version of one.")
        }
        var json = JSONWriter(capacity: versions.count * 200 + 100)
        json.object { json in
            json.name("versions")
            json.array(versions.prefix(limit)) { $1.write(to: &$0) }
            if versions.count > limit, limit > 0 { json.field("cursor", String(versions[limit - 1].id)) }
        }
        // As every answer below the path of an entry.
        return .json(.ok, json.bytes, headers: ["content-security-policy": "sandbox; default-src 'none'"])
    }

    /// The current content counts, too: whoever has its ETag need not know whether it was replaced meanwhile.
    private static func version(_ name: EntryName, _ etag: ETag, _ call: Call) async throws -> Answer {
        let blobs = call.server.blobs
        var content: EntryContent?
        if try await blobs.entry(name)?.etag == etag {
            let current = try await call.entry(name)
            if current.entry.etag == etag { content = current }
        }
        if content == nil { content = try await blobs.version(of: name, etag) }
        guard let content else { throw BlobStore.noVersion(name, etag) }
        return try EntryAnswer.make(content, for: call.request, now: blobs.now, call.permit.exposure) {
            NativeEntry.addFields(content.entry, to: &$0)
        }
    }

    /// POST of an entry with `?restore=`.
    static func restore(_ name: EntryName, _ call: Call, _ body: IncomingBody) async throws -> Answer {
        guard let etag = try etag(call, "restore") else {
            throw LarderError(
                .malformedRequest, "POST of an entry restores a version: ?restore= and the version's ETag.")
        }
        guard try await body.collect(limit: 1_000).isEmpty else {
            throw LarderError(.malformedRequest, "A version is restored without a body: its content is here already.")
        }
        let conditions = try call.request.nativeConditions()
        return NativeEntry.writeAnswer(
            try await call.server.blobs.restore(name, etag, conditions: conditions))
    }

    /// `?deleted&prefix&since&limit&cursor` of a store's entries: what the last deletion of each key took, in key
    /// order, of keys that have no entry now.
    static func deleted(_ store: StoreName, _ call: Call) async throws -> Answer {
        let request = call.request, blobs = call.server.blobs, site = call.permit.site
        var limit = call.server.gate.limits.listPage
        if let text = try request.queryText("limit") { limit = try call.server.gate.pageLimit(text) }
        var after: [UInt8] = []
        switch try request.listCursor() {
        case nil: break
        case .afterKey(let key)?: after = key
        default: throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
        }
        let since = try request.time("since") ?? Timestamp(milliseconds: 0)
        let versions = try await blobs.deleted(
            in: store, of: site, prefix: request.queryField("prefix") ?? [], since: since, after: after,
            limit: limit + 1)
        var json = JSONWriter(capacity: versions.count * 200 + 100)
        json.object { json in
            json.name("deleted")
            let shown = versions.prefix(limit).filter {
                blobs.isKept($0, of: EntryName(site: site, store: store, key: $0.entry.key))
            }
            json.array(shown) { $1.write(withKey: true, to: &$0) }
            if versions.count > limit, limit > 0 {
                json.field("cursor", ListCursor.afterKey(versions[limit - 1].entry.key.bytes).text)
            }
        }
        return .json(.ok, json.bytes)
    }

    /// An ETag of the query, with quotes or without; nil when it has none.
    private static func etag(_ call: Call, _ field: String) throws(LarderError) -> ETag? {
        guard let text = try call.request.queryText(field) else { return nil }
        guard let etag = ETag(quoted: text) ?? ETag(quoted: "\"\(text)\"") else {
            throw LarderError(
                .malformedRequest, "\(field) is an ETag, as ?versions lists them; with quotes or without.")
        }
        return etag
    }
}

extension EntryVersion {
    /// - Parameter withKey: whether it says whose version it is.
    fileprivate func write(withKey: Bool = false, to out: inout JSONWriter) {
        out.object { out in
            if withKey { out.fields(of: entry.key) }
            out.field("etag", entry.etag.quoted)
            out.field("size", entry.size)
            out.field("contentType", entry.contentType)
            out.field("modifiedAt", entry.modifiedAt)
            out.field("replacedAt", replacedAt)
            if isDeletion { out.field("deleted", true) }
        }
    }
}
