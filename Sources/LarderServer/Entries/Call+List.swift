import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

extension Call {
    /// The answer to a list of entries. The page is held whole, and counted from when it is read until its JSON is out.
    /// - Parameters:
    ///   - entryBytes: about so many bytes of JSON an entry.
    ///   - write: writes the page's fields.
    func list(
        _ store: StoreName, _ query: ListQuery, entryBytes: Int, _ write: (ListPage, inout JSONWriter) -> Void
    ) async throws -> Answer {
        let lease = BufferLease(server.gate.buffers)
        let page = try await server.blobs.list(store, in: permit.site, query) { try lease.cover($0) }
        var json = JSONWriter(capacity: page.entries.count * entryBytes + 100)
        json.object { write(page, &$0) }
        var answer = Answer.json(.ok, json.bytes)
        answer.holding = lease
        return answer
    }
}
