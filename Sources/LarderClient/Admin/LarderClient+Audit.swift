public import FoundationEssentials
import NIOHTTP1

/// What an admin, or a job, did to the server.
public struct AuditRecord: Sendable, Codable, Hashable, Identifiable {
    public var id: Int64
    public var at: Date
    /// `admin`, `token <id>`, `schedule`, …; never a secret.
    public var who: String
    /// Such as `token.create`, `job.end`.
    public var act: String
    /// What it was done to.
    public var subject: String
    /// More, as the act has it; nil: there is no more.
    public var detail: JSONValue?
}

extension LarderClient {
    /// The audit log, newest first: the server keeps the last 10,000 records.
    /// - Parameter limit: how many at most.
    /// - Throws: ``LarderClientError``: `forbidden` without an admin's token.
    public func audit(limit: Int = 100) async throws -> [AuditRecord] {
        struct Page: Decodable {
            var records: [AuditRecord]
            var cursor: String?
        }
        var all: [AuditRecord] = []
        var cursor: String?
        while all.count < limit {
            var request = WireRequest(.GET, "/v1/admin/audit")
            request.query = [("limit", "\(min(limit - all.count, 1_000))")] + (cursor.map { [("cursor", $0)] } ?? [])
            let page = try await transport.json(Page.self, request)
            all += page.records
            cursor = page.cursor
            if cursor == nil { break }
        }
        return all
    }
}
