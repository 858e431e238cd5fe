import Access
import Index
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// The logs of a store (contract, «Logs for everybody»).
enum NativeLogs {
    /// `/v1/stores/{store}/logs`
    static let kind = ResourceKind<StoreName>(
        "logs",
        [
            .task(.GET, .HEAD, by: .store(.read) { store, _ in store }) { store, call, _ in
                try await list(store, call)
            },
            .task(.DELETE, by: .store(.write) { store, _ in store }) { store, call, _ in
                try await delete(store, call)
            },
        ])

    private static let limitDefault = 100

    /// `?prefix&order=newest|key&limit&cursor&lastEvent`
    private static func list(_ store: StoreName, _ call: Call) async throws -> Answer {
        let request = call.request
        var limit = min(limitDefault, call.server.gate.limits.listPage)
        if let text = try request.queryText("limit") { limit = try call.server.gate.pageLimit(text) }
        let order = try order(request)
        let isNewest = if case .newest = order { true } else { false }
        let query = LogListQuery(
            prefix: request.queryField("prefix") ?? [], order: order, limit: limit,
            withLastEvent: try request.flag("lastEvent"))
        let lease = BufferLease(call.server.gate.buffers)
        let page = try await call.server.entries.logs.logs(of: store, in: call.permit.site, query) {
            try lease.cover($0)
        }
        var json = JSONWriter()
        json.object { json in
            json.name("logs")
            json.array(page.logs) { $1.write(to: &$0) }
            if let last = page.next {
                let cursor: ListCursor =
                    isNewest ? .afterTime(last.updatedAt, key: last.key.bytes) : .afterKey(last.key.bytes)
                json.field("cursor", cursor.text)
            }
        }
        var answer = Answer.json(.ok, json.bytes)
        answer.holding = lease
        return answer
    }

    private static func order(_ request: RequestHead) throws(LarderError) -> LogListQuery.Order {
        let cursor = try request.listCursor()
        let text = try request.queryText("order")
        switch (text, cursor) {
        case (nil, nil), ("newest"?, nil): return .newest(before: nil)
        case (nil, .afterTime(let time, let key)?), ("newest"?, .afterTime(let time, let key)?):
            return .newest(before: (time, key))
        case ("key"?, nil): return .key(after: nil)
        case ("key"?, .afterKey(let key)?): return .key(after: key)
        case (nil, _?), ("newest"?, _?), ("key"?, _?):
            throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
        default: throw LarderError(.malformedRequest, "order is newest or key.")
        }
    }

    /// `?prefix=P`: the log `P` and those below `P/`; `all=true`: all.
    private static func delete(_ store: StoreName, _ call: Call) async throws -> Answer {
        let path = call.request.queryField("prefix") ?? []
        guard try !path.isEmpty || call.request.flag("all") else {
            throw LarderError(
                .malformedRequest, "An empty prefix would remove every log of the store; say all=true if that is meant."
            )
        }
        let count = try await call.server.entries.logs.deleteLogs(below: path, of: store, in: call.permit.site)
        if count > 0 { await call.recordDeletion(of: count, prefix: path, in: store) }
        var json = JSONWriter()
        json.object { $0.field("deleted", count) }
        return .json(.ok, json.bytes)
    }
}

extension ListedLog {
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.fields(of: head.key)
            out.field("first", head.first)
            out.field("last", head.last)
            out.field("count", head.count)
            out.field("dropped", head.dropped)
            out.field("bytes", head.bytes)
            out.field("startedAt", head.startedAt)
            out.field("updatedAt", head.updatedAt)
            if let end = entry.expiresAt { out.field("expiresAt", end) }
            out.field("metadata", raw: entry.metadata.object)
            if let lastEvent {
                out.name("lastEvent")
                lastEvent.write(to: &out)
            }
        }
    }
}
