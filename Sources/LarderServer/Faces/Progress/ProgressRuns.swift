import Access
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// `/v1/progress`: the runs of a store, newest first, and many of them on one stream.
enum ProgressRuns {
    static let kind = ResourceKind<Void>(
        "runs",
        [
            .any(.GET, .HEAD, by: Right(permit: read)) { _, call in
                if call.request.follows { return try RunFollowing.many(call) }
                return .task { _ in try await list(call) }
            }
        ])

    /// A signature opens streams, not lists.
    @Sendable private static func read(_: Void, _ caller: Caller) throws(LarderError) -> Permit {
        let store = try ProgressStore.asked((), caller)
        return caller.request.follows
            ? try caller.permitSigned(.read, store: store) : try caller.permit(.read, store: store)
    }

    private static let limitDefault = 100

    /// `?project&state&contains&since&until&limit&cursor`
    private static func list(_ call: Call) async throws -> Answer {
        let request = call.request, limits = call.server.gate.limits
        var limit = min(limitDefault, limits.listPage)
        if let text = try request.queryText("limit") { limit = try call.server.gate.pageLimit(text) }
        let project = try request.queryText("project")
        let contains = try request.queryField("contains").flatMap { text throws(LarderError) in
            try text.isEmpty ? nil : SearchText(text)
        }
        let page = try await call.server.entries.logs.runs(
            of: try call.permit.oneStore(), in: call.permit.site,
            prefix: project.map { RunName.prefix + Array("\($0)/runs/".utf8) } ?? RunName.prefix,
            state: try state(request), contains: contains, since: try request.time("since"),
            before: try before(request), limit: limit)
        var json = JSONWriter()
        json.object { json in
            json.name("runs")
            json.array(page.runs) { json, run in
                if let name = RunName(run.head.key) { name.write(run.head, run.state, to: &json) }
            }
            if let last = page.next {
                json.field("cursor", ListCursor.afterTime(last.updatedAt, key: last.key.bytes).text)
            }
        }
        return .json(.ok, json.bytes)
    }

    private static func state(_ request: RequestHead) throws(LarderError) -> RunState? {
        guard let text = try request.queryText("state") else { return nil }
        guard let state = RunState(rawValue: text) else {
            throw LarderError(.malformedRequest, "state is running, completed, failed or stalled.")
        }
        return state
    }

    /// Where the page begins: behind the one before it, else with what changed before `until`.
    private static func before(_ request: RequestHead) throws(LarderError) -> (Timestamp, [UInt8])? {
        let until = try request.time("until")
        guard let cursor = try request.listCursor() else { return until.map { ($0, []) } }
        guard case .afterTime(let time, let key) = cursor else {
            throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
        }
        return (time, key)
    }
}

extension RunName {
    fileprivate func write(_ head: LogHead, _ state: RunState, to out: inout JSONWriter) {
        out.object { out in
            out.field("project", project)
            out.field("run", run)
            out.field("state", state.rawValue)
            out.field("first", head.first)
            out.field("last", head.last)
            out.field("count", head.count)
            out.field("startedAt", head.startedAt)
            out.field("updatedAt", head.updatedAt)
            if let progress = head.progress, progress.isFinite { out.field("progress", number: progress) }
            if let message = head.message { out.field("message", message) }
        }
    }
}
