import Access
import LarderHTTP
import LarderModel
import Logs
import NIOCore
import NIOHTTP1

/// `/.netlify/functions/progress`, with the shapes of the function it stands in for.
enum ProgressFunction {
    static let kind = ResourceKind<Void>(
        "function",
        [
            .any(.GET, by: .storeOrSigned(.read, ProgressStore.asked)) { _, call in
                let follows = call.request.follows
                guard let run = try run(call.request) else {
                    guard follows else { return .answer(refusal("projectId is required")) }
                    throw LarderError(.malformedRequest, "projectId is required")
                }
                let name = try call.permit.entry(run.key())
                if follows { return try RunFollowing.one(run, name, call) }
                return .task { _ in try await read(run, name, call) }
            },
            .task(.POST, by: .store(.write, ProgressStore.asked)) { _, call, body in try await append(call, body) },
            .any(.OPTIONS, by: .anybody) { _, _ in .answer(Answer(.noContent)) },
        ])

    /// Tokens travel in a field that browsers never add by themselves, so any origin may ask; cookies play no part
    /// here.
    static let crossOriginFields: HTTPHeaders = [
        "access-control-allow-origin": "*", "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "authorization, content-type, last-event-id", "access-control-max-age": "600",
    ]

    private static let defaultRun: Identifier = "default"
    private static let bodyMax = 1 << 20

    /// The run of a GET, from its query. - Returns: nil when there is no project.
    private static func run(_ request: RequestHead) throws(LarderError) -> RunName? {
        guard let project = try request.queryText("projectId"), !project.isEmpty else { return nil }
        let run = try request.queryText("runId") ?? ""
        return try RunName(project: Identifier(project), run: run.isEmpty ? defaultRun : Identifier(run))
    }

    private static func read(_ run: RunName, _ name: EntryName, _ call: Call) async throws -> Answer {
        let events = try await call.server.entries.logs.read(name)?.held
        let count = events?.count ?? 0
        return try await .json(to: call.request.method, pagesFrom: 0) { place, json in
            if place == 0 {
                json.openObject()
                json.field("projectId", run.project)
                json.field("runId", run.run)
                json.name("events")
                json.openArray()
            }
            let end = events?.endOfPage(from: place, bytes: Answer.pieceSize) ?? 0
            for place in place..<end { json.value(raw: events?.event(place).json ?? ByteBufferView()) }
            if end < count { return end }
            json.closeArray()
            json.field("count", count)
            json.closeObject()
            return nil
        }
    }

    private static func append(_ call: Call, _ body: IncomingBody) async throws -> Answer {
        let bytes = try await body.collect(limit: bodyMax, copies: 2)
        let value = try JSONText.check(bytes, maxDepth: call.server.gate.limits.jsonDepth)
        let members = value.kind == .object ? try JSONText.members(of: value, in: bytes) : []
        func text(_ field: String) -> [UInt8] {
            let member = members.last { $0.name.elementsEqual(field.utf8) }
            return member.flatMap { JSONText.characters(of: $0.value, in: bytes) } ?? []
        }
        func identifier(_ field: String) throws(LarderError) -> Identifier {
            guard let identifier = Identifier(validating: text(field)) else { throw .loneSurrogate(field) }
            return identifier
        }
        let project = try identifier("projectId"), given = try identifier("runId")
        guard !project.isEmpty, !text("agent").isEmpty else { return refusal("projectId and agent are required") }
        let run = try RunName(project: project, run: given.isEmpty ? defaultRun : given)
        let name = try call.permit.entry(run.key())
        _ = try await call.server.entries.logs.append(bytes, to: name)
        let count = try await call.server.entries.logs.read(name, tail: 0)?.head.count ?? 0
        var json = JSONWriter()
        json.object { json in
            json.field("received", true)
            json.field("eventCount", count)
            json.field("latest", raw: JSONText.onOneLine(bytes[value.range]))
        }
        return .json(.ok, json.bytes)
    }

    /// 400 as the function has it.
    private static func refusal(_ message: String) -> Answer {
        var json = JSONWriter()
        json.object { $0.field("error", message) }
        return .json(.badRequest, json.bytes)
    }
}
