import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// `GET /v1/admin/audit?limit&cursor` → `{"records":[{"id","at","who","act","subject","detail"?}],"cursor"?}`, newest
/// first.
enum AuditPage {
    static let kind = ResourceKind<Void>(
        "audit", [.task(.GET, .HEAD, by: .administration) { _, call, _ in try await page(call) }])

    private static let limitDefault = 100

    private static func page(_ call: Call) async throws -> Answer {
        let request = call.request, gate = call.server.gate
        var limit = min(limitDefault, gate.limits.listPage)
        if let text = try request.queryText("limit") { limit = try gate.pageLimit(text) }
        let records = try await call.server.audit.page(before: try before(request), limit: limit)
        var json = JSONWriter()
        json.object { json in
            json.name("records")
            json.array(records) { $1.write(to: &$0) }
            if records.count == limit, let last = records.last { json.field("cursor", "\(last.id)") }
        }
        return .json(.ok, json.bytes)
    }

    private static func before(_ request: RequestHead) throws(LarderError) -> Int64? {
        guard let text = try request.queryText("cursor"), !text.isEmpty else { return nil }
        guard let id = Int64(text), id > 0 else {
            throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
        }
        return id
    }
}
