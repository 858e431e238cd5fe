import LarderHTTP
import LarderModel
import NIOHTTP1

/// `GET /v1/admin/audit?limit&cursor` → `{"records":[{"id","at","who","act","subject","detail"?}],"cursor"?}`, newest
/// first.
struct AuditFace {
    let context: ServerContext

    private static let limitDefault = 100

    func answer(_ request: RequestHead) async throws -> Answer {
        try context.authorizeAdministration(request)
        guard request.method == .GET || request.method == .HEAD else {
            throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        }
        let limit =
            try request.queryText("limit").map { text throws(LarderError) in try context.gate.pageLimit(text) }
            ?? min(Self.limitDefault, context.gate.limits.listPage)
        var before: Int64?
        if let text = try request.queryText("cursor"), !text.isEmpty {
            guard let id = Int64(text), id > 0 else {
                throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
            }
            before = id
        }
        let records = try await context.audit.page(before: before, limit: limit)
        var out = JSONWriter()
        out.openObject()
        out.name("records")
        out.array(records) { $1.write(to: &$0) }
        if records.count == limit, let last = records.last { out.field("cursor", "\(last.id)") }
        out.closeObject()
        let answer = Answer.json(.ok, out.bytes)
        return request.method == .HEAD ? answer.withoutBody : answer
    }
}
