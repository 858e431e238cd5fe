import Access
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Snapshots

/// `GET /v1/export?format=jsonl|sql&store=S&store=T`: stores of a site, all that the token may read where none is
/// named. What is found missing while it goes out cuts the connection: a text without its last line is no export.
enum PortableExporting {
    static let kind = ResourceKind<Void>(
        "export", [.task(.GET, by: .site(.read)) { _, call, _ in try await export(call) }])

    private static let storesMax = 1_000

    private static func export(_ call: Call) async throws -> Answer {
        let format = try format(call.request)
        let permit = call.permit
        let order = PortableOrder(format, site: permit.site, stores: try stores(call)) { permit.sees($0) }
        let export = try await PortableExport(order, of: call.server.blobs)
        var answer = Answer(.ok, body: .parts([.content { PortablePieces(export: export) }], length: nil))
        answer.headers.add(name: "content-type", value: format == .sql ? "application/sql" : "application/jsonl")
        answer.headers.add(name: "cache-control", value: "no-store")
        answer.headers.add(name: "x-content-type-options", value: "nosniff")
        return answer
    }

    private static func format(_ request: RequestHead) throws(LarderError) -> PortableOrder.Format {
        guard let text = try request.queryText("format"), let format = PortableOrder.Format(rawValue: text) else {
            throw LarderError(.malformedRequest, "format is needed: jsonl or sql.")
        }
        return format
    }

    private static func stores(_ call: Call) throws(LarderError) -> [StoreName]? {
        let names = try call.request.queryTexts("store")
        guard names.count <= storesMax else {
            throw LarderError(.malformedRequest, "At most \(storesMax) stores can be named; leave them out for all.")
        }
        var stores: [StoreName] = []
        for name in names {
            let store = try StoreName(name)
            try call.permit.principal?.check(.read, site: call.permit.site, store: store)
            stores.append(store)
        }
        return stores.isEmpty ? nil : stores
    }
}

private struct PortablePieces: PieceSource {
    var export: PortableExport

    mutating func next() async throws -> ByteBuffer? { try await export.next() }
}
