import Access
import BlobStore
import LarderModel

extension Call {
    /// Removes the entries under a prefix, and says so in the audit log.
    /// - Parameters:
    ///   - limit: at most this many; nil: all there are.
    ///   - keepsVersions: whether what goes may stay as versions, where its rule says so.
    func deleteEntries(
        prefix: [UInt8] = [], of store: StoreName, limit: Int? = nil, keepsVersions: Bool = true
    ) async throws -> (deleted: Int, hasMore: Bool) {
        let result = try await server.blobs.deletePrefix(
            prefix, of: store, in: permit.site, limit: limit, keepsVersions: keepsVersions)
        if result.deleted > 0 { await recordDeletion(of: result.deleted, prefix: prefix, in: store) }
        return result
    }

    /// Says in the audit log that entries under a prefix were removed.
    func recordDeletion(of count: Int, prefix: [UInt8], in store: StoreName) async {
        var json = JSONWriter()
        json.object { json in
            json.field("deleted", count)
            if let text = String(validating: prefix, as: UTF8.self) {
                if !text.isEmpty { json.field("prefix", text) }
            } else {
                json.field("prefixHex", prefix.hex)
            }
        }
        await server.audit.record(
            AuditDraft(
                who: permit.requester, act: prefix.isEmpty ? .emptyStore : .deleteEntries,
                subject: "\(permit.site)/\(store)", detail: json.bytes))
    }
}
