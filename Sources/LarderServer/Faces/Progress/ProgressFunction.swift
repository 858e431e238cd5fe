import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Logs

/// `/.netlify/functions/progress`, with the shapes of the function it stands in for.
struct ProgressFunction {
    let context: ServerContext

    static let defaultRun = "default"
    private static let bodyMax = 1 << 20

    /// Tokens travel in a field that browsers never add by themselves, so any origin may ask; cookies play no part
    /// here.
    static let corsHeaders: HTTPHeaders = [
        "access-control-allow-origin": "*", "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "authorization, content-type, last-event-id", "access-control-max-age": "600",
    ]

    func answer(_ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        var answer: Answer
        switch request.method {
        case .OPTIONS: answer = Answer(.noContent)
        case .GET: answer = try await read(request)
        case .POST: answer = try await append(request, body)
        default: throw EntryService.wrongMethod(request, allowed: "GET, POST, OPTIONS")
        }
        answer.headers.add(contentsOf: Self.corsHeaders)
        return answer
    }

    /// The run of a GET, from its query. - Returns: nil when there is no project.
    static func run(_ request: RequestHead) throws(LarderError) -> RunName? {
        guard let project = try request.queryText("projectId"), !project.isEmpty else { return nil }
        let run = try request.queryText("runId") ?? ""
        return try RunName(project: project, run: run.isEmpty ? defaultRun : run)
    }

    private func read(_ request: RequestHead) async throws -> Answer {
        guard let run = try Self.run(request) else { return .json(.badRequest, #"{"error":"projectId is required"}"#) }
        let name = try ProgressFace(context: context).name(run, request)
        let events = try await context.entries.logs.read(name)?.events ?? []
        var out = Array(#"{"projectId":"#.utf8)
        JSONText.appendQuoted(run.project.utf8, to: &out)
        out.append(contentsOf: #","runId":"#.utf8)
        JSONText.appendQuoted(run.run.utf8, to: &out)
        out.append(contentsOf: #","events":["#.utf8)
        for (i, event) in events.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: event.json)
        }
        out.append(contentsOf: #"],"count":\#(events.count)}"#.utf8)
        return .json(.ok, out)
    }

    private func append(_ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let bytes = try await body.collect(limit: Self.bodyMax)
        let value = try JSONText.check(bytes)
        let members = value.kind == .object ? try JSONText.members(of: value, in: bytes) : []
        let text = { (field: String) -> String? in
            guard let member = members.last(where: { $0.name.elementsEqual(field.utf8) })?.value, member.kind == .string
            else { return nil }
            return String(decoding: JSONText.unescape(bytes[member.range].dropFirst().dropLast()), as: UTF8.self)
        }
        guard let project = text("projectId"), !project.isEmpty, let agent = text("agent"), !agent.isEmpty else {
            return .json(.badRequest, #"{"error":"projectId and agent are required"}"#)
        }
        let given = text("runId") ?? ""
        let run = try RunName(project: project, run: given.isEmpty ? Self.defaultRun : given)
        let name = try ProgressFace(context: context).name(run, request)
        _ = try await context.entries.logs.append(bytes, to: name)
        let count = try await context.entries.logs.read(name, tail: 0)?.head.count ?? 0
        return .json(
            .ok,
            Array(#"{"received":true,"eventCount":\#(count),"latest":"#.utf8) + JSONText.onOneLine(bytes[value.range])
                + [UInt8(ascii: "}")])
    }
}
