import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// One value.
enum KVValues {
    /// Bytes of a value.
    static let sizeMax = Int64(25 << 20)

    /// `…/values/{key}`
    static let kind = ResourceKind<KVEntry>(
        "kv value",
        [
            .any(.GET, .HEAD, by: .kv(.read), read),
            .any(.PUT, by: .kv(.write), write),
            .task(.DELETE, by: .kv(.write)) { target, call, _ in
                guard let store = call.permit.namespace else { return KVAnswer.noNamespace }
                let name = EntryName(site: store.site, store: store.name, key: target.key)
                _ = try await call.server.blobs.delete(name, store: store.id)
                return KVAnswer.done
            },
        ])

    /// As short as on the native face: what is in memory is answered on the event loop.
    @Sendable private static func read(_ target: KVEntry, _ call: Call) throws -> Handling {
        guard call.permit.store != nil else { return .answer(KVAnswer.noNamespace) }
        guard !call.server.blobs.isShared else { return .task { _ in try await readShared(target, call) } }
        let handling = try call.reading(try call.permit.entry(target.key), fields: addFields)
        guard case .task(let work) = handling else { return handling }
        return .task { body in
            do { return try await work(body) } catch let error as LarderError where error.code == .notFound {
                return try await readAgain(target, call, error)
            }
        }
    }

    /// Where other nodes may give the name to another store meanwhile.
    private static func readShared(_ target: KVEntry, _ call: Call) async throws -> Answer {
        let found = try await call.kvRead(target.namespace) { store -> EntryContent? in
            let name = EntryName(site: store.site, store: store.name, key: target.key)
            do { return try await call.entry(name, of: store) } catch let error as LarderError
                where error.code == .notFound
            {
                return nil
            }
        }
        guard let found else { return KVAnswer.noNamespace }
        guard let content = found else { throw LarderError(.notFound, "get: 'key not found'") }
        return try EntryAnswer.make(content, for: call.request, now: call.server.blobs.now) {
            addFields(content.entry, to: &$0)
        }
    }

    /// An entry that is missing may be one of a namespace that was renamed meanwhile.
    private static func readAgain(_ target: KVEntry, _ call: Call, _ missing: LarderError) async throws -> Answer {
        var tried = call.permit.namespace
        while let id = target.namespace.id, let store = try await call.server.namespaces.current(id) {
            guard store != tried else { throw missing }
            tried = store
            try call.permit.principal?.check(.read, site: store.site, store: store.name)
            let name = EntryName(site: store.site, store: store.name, key: target.key)
            guard let content = try await call.server.entries.content(name, of: store, unless: { _ in false })
            else { continue }
            return try EntryAnswer.make(content, for: call.request, now: call.server.blobs.now) {
                addFields(content.entry, to: &$0)
            }
        }
        return KVAnswer.noNamespace
    }

    @Sendable private static func addFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        if let expiresAt = entry.expiresAt { headers.add(name: "expiration", value: "\(expiresAt.wholeSeconds)") }
    }

    /// A raw body, or a form with the fields `value` and `metadata`.
    @Sendable private static func write(_ target: KVEntry, _ call: Call) throws -> Handling {
        guard let store = call.permit.namespace else { return .answer(KVAnswer.noNamespace) }
        let request = call.request
        let name = EntryName(site: store.site, store: store.name, key: target.key)
        let expiry = try KVExpiry.expiry(
            ttl: try request.queryText("expiration_ttl"), at: try request.queryText("expiration"),
            now: call.server.blobs.now)
        var wanted = WriteRequest(name: name, expiry: expiry)
        wanted.store = store.id
        let type = try request.contentType()
        if let type, MediaType.essence(type) == KVForm.mediaType {
            let form = try KVForm(type, wanted, call)
            return .task { body in try await form.write(body) }
        }
        try ceiling.check(announced: request)
        wanted.contentType = contentType(type, target.key)
        wanted.declaredSize = request.contentLength
        return try call.writing(wanted, ceiling) { _ in KVAnswer.done }
    }

    static let ceiling = ContentCeiling(
        bytes: sizeMax,
        refusal: LarderError(
            .entryTooLarge, "A value is at most \(ByteCount(sizeMax).messageText); nothing was stored."))

    /// What is said of the content; where that is nothing, or what clients say of any, what the key's extension stands
    /// for.
    static func contentType(_ said: String?, _ key: EntryKey) -> String? {
        switch said.map(MediaType.essence) {
        case nil, "application/x-www-form-urlencoded", MediaType.octetStream, "text/plain":
            MediaType.guess(from: key.text) ?? said
        default: said
        }
    }
}

/// The metadata of one value.
enum KVMetadata {
    /// Bytes of the JSON.
    static let sizeMax = 1_024

    /// `…/metadata/{key}`: any JSON, null where there is none.
    static let kind = ResourceKind<KVEntry>(
        "kv metadata",
        [
            .task(.GET, by: .kv(.read)) { target, call, _ in
                let entry = try await call.kvRead(target.namespace) { store -> Entry? in
                    let name = EntryName(site: store.site, store: store.name, key: target.key)
                    return try await call.server.blobs.entry(name, store: store.id)
                }
                guard let entry else { return KVAnswer.noNamespace }
                guard let entry else { throw LarderError(.notFound, "get: 'key not found'") }
                return KVAnswer.result { json in
                    if entry.metadata.json.isEmpty { json.null() } else { json.value(raw: entry.metadata.json) }
                }
            }
        ])

    /// - Parameter json: as it was sent; empty: none.
    /// - Throws: `LarderError` `.invalidMetadata`, `.entryTooLarge`.
    static func metadata(_ json: [UInt8], _ call: Call) throws(LarderError) -> Metadata {
        guard !json.isEmpty else { return .none }
        return try Metadata(anyJSON: json, maxBytes: sizeMax, maxDepth: call.server.gate.limits.jsonDepth)
    }
}
