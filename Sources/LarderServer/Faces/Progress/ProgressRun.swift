import Access
import LarderHTTP
import LarderModel
import Logs
import NIOCore
import NIOHTTP1

/// `/v1/progress/{project}/{run}`: the events of one run.
enum ProgressRun {
    static let kind = ResourceKind<RunName>(
        "run",
        [
            .any(.GET, .HEAD, by: .storeOrSigned(.read, ProgressStore.asked)) { run, call in
                let name = try call.permit.entry(run.key())
                if call.request.follows { return try RunFollowing.one(run, name, call) }
                return .task { _ in try await events(run, name, call) }
            },
            .any(.POST, by: .store(.write, ProgressStore.asked)) { run, call in
                try call.append(
                    to: call.permit.entry(run.key()), AppendWish(idempotencyKey: call.request.idempotencyKey),
                    answer: answer)
            },
        ])

    /// `?after=N&tail=N`
    private static func events(_ run: RunName, _ name: EntryName, _ call: Call) async throws -> Answer {
        let after = try call.request.number("after") ?? 0
        let tail = try call.request.number("tail").map { Int($0) }
        guard let log = try await call.server.entries.logs.read(name, after: after, tail: tail) else {
            throw LarderError(.notFound, "The run '\(run.run)' of '\(run.project)' has no events.")
        }
        let events = log.held
        return try await .json(to: call.request.method, pagesFrom: 0) { place, json in
            if place == 0 {
                json.openObject()
                json.field("project", run.project)
                json.field("run", run.run)
                json.field("state", log.state.rawValue)
                json.field("first", log.head.first)
                json.field("last", log.head.last)
                json.field("count", log.head.count)
                json.field("dropped", log.head.dropped)
                json.name("events")
                json.openArray()
            }
            let end = events.endOfPage(from: place, bytes: Answer.pieceSize)
            for place in place..<end {
                let event = events.event(place)
                json.object { json in
                    json.field("seq", event.sequence)
                    json.field("receivedAt", event.receivedAt)
                    json.field("event", raw: event.json)
                }
            }
            if end < events.count { return end }
            json.closeArray()
            json.closeObject()
            return nil
        }
    }

    @Sendable private static func answer(_ result: AppendResult) -> Answer {
        var json = JSONWriter()
        json.object { json in
            json.field("first", result.first)
            json.field("last", result.last)
            json.field("count", result.count)
        }
        return .json(.ok, json.bytes, headers: ["larder-run-state": result.state.rawValue])
    }
}
