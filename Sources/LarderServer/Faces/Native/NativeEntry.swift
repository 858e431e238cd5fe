import Access
import BlobStore
import Index
import LarderHTTP
import LarderModel
import NIOHTTP1
import Vaults

/// One entry as the native face shows it (contract §4.2).
enum NativeEntry {
    /// `/v1/stores/{store}/entries/{key}`
    static let kind = ResourceKind<EntryName>(
        "entry",
        [
            .any(.GET, .HEAD, by: .storeOrSigned(.read) { name, _ in name.store }) { target, call in
                let name = target.inSite(call.permit.site)
                guard !call.request.query.isEmpty else { return try call.reading(name, fields: addFields) }
                return try NativeVersions.reading(name, call) ?? call.reading(name, fields: addFields)
            },
            .writeEntry(by: write, request: writeRequest, answer: writeAnswer),
            .patchEntry(by: write, answer: writeAnswer),
            .deleteEntry(by: write, isMissingFine: false),
            .task(.POST, by: write) { target, call, body in
                try await NativeVersions.restore(target.inSite(call.permit.site), call, body)
            },
        ])

    private static let write = Right<EntryName>.store(.write) { name, _ in name.store }

    @Sendable static func addFields(_ entry: Entry, to headers: inout HTTPHeaders) {
        if entry.metadata.fitsHeader {
            headers.add(name: "larder-metadata", value: entry.metadata.nativeHeader)
        } else {
            headers.add(name: Metadata.omittedField, value: "true")
        }
        // A log's content is put together when it is read: it has no digest of its own.
        if entry.placement != .log { headers.add(name: "larder-sha256", value: entry.digest.hex) }
        headers.add(name: "larder-size", value: String(entry.size))
        headers.add(name: "larder-stored-size", value: String(entry.storedSize))
        headers.add(name: "larder-encoding", value: entry.encoding.name)
        headers.add(name: "larder-created", value: entry.createdAt.iso8601)
        headers.add(name: "larder-modified", value: entry.modifiedAt.iso8601)
        if let expiresAt = entry.expiresAt { headers.add(name: "larder-expires", value: expiresAt.iso8601) }
    }

    @Sendable private static func writeRequest(_ call: Call, _ name: EntryName) throws(LarderError) -> WriteRequest {
        let request = call.request
        var wanted = WriteRequest(
            name: name, contentType: try contentType(request, name.key), conditions: try request.nativeConditions(),
            declaredSize: request.contentLength)
        if let text = request.field("larder-metadata") {
            wanted.metadata = try Metadata(nativeHeader: text, maxDepth: call.server.gate.limits.jsonDepth)
        }
        wanted.expiry = try request.lifetime()
        wanted.vector = try vector(call, name)
        return wanted
    }

    /// What the entry is found by, beside its words; nil: none came.
    private static func vector(_ call: Call, _ name: EntryName) throws(LarderError) -> NewItem.Vector? {
        guard let text = call.request.field("larder-vector") else { return nil }
        guard let index = call.server.blobs.policies.policy(for: name.store).index else {
            throw LarderError(
                .notAVault, "A vector came for the store '\(name.store)', whose policy has no 'index' (docs/search.md)."
            )
        }
        let numbers = try VectorText.numbers(base64: Array(text.utf8), "Larder-Vector")
        return try VectorText.checked(numbers, index, model: call.request.field("larder-model"), "Larder-Vector")
    }

    /// What the request says; where it says nothing, or what curl says of any body, what the key's extension stands
    /// for.
    private static func contentType(_ request: RequestHead, _ key: EntryKey) throws(LarderError) -> String? {
        let said = try request.contentType()
        guard said == nil || said == "application/x-www-form-urlencoded" else { return said }
        return MediaType.guess(from: key.text) ?? said
    }

    @Sendable static func writeAnswer(_ result: WriteResult) -> Answer {
        var json = JSONWriter(capacity: 512)
        result.entry.write(to: &json)
        return .json(result.isNew ? .created : .ok, json.bytes, headers: ["etag": result.entry.etag.quoted])
    }
}
