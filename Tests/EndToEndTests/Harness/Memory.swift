import NIOHTTP1
import Testing

/// The memory of a project that no other test uses, as its viewers and its pipeline use it.
struct MemoryProject: Sendable {
    let server: LarderProcess
    let project: String

    init(on server: LarderProcess, project: String = Fresh.name("memory-")) {
        self.server = server
        self.project = project
    }

    var target: String { "/v1/memory/\(project)" }
    var document: String { Native.entry("memory", "\(project)/memory_index.json") }

    /// Run IDs are unique in a site.
    func run(_ name: String) -> String { "\(project)-\(name)" }

    func evaluation(_ name: String) -> String { Netlify.edge("evals", "\(run(name))/evaluation.json") }

    @discardableResult
    func record(
        _ name: String, mood: String = "uplifting", style: String = "piano", theme: String = "walk", more: String = ""
    ) async throws -> Reply {
        let body = #"{"runId":"\#(run(name))","theme":"\#(theme)","mood":"\#(mood)","musicStyle":"\#(style)"\#(more)}"#
        return try await post("runs", body, 200, 201)
    }

    @discardableResult
    func rate(_ name: String, _ rating: String, more: String = "") async throws -> Reply {
        try await post("ratings", #"{"runId":"\#(run(name))","rating":"\#(rating)"\#(more)}"#, 200, 201)
    }

    private func post(_ part: String, _ body: String, _ statuses: Int...) async throws -> Reply {
        let reply = try await server.send(.POST, "\(target)/\(part)", ["content-type": "application/json"], .text(body))
        try #require(statuses.contains(reply.status), "\(reply)")
        return reply
    }

    func read() async throws -> Reply {
        let reply = try await server.get(target)
        try requireStatus(reply, 200)
        return reply
    }

    func json() async throws -> JSON { try await read().json }

    /// The history's item of a run; null when it isn't there.
    func item(_ name: String) async throws -> JSON {
        try await json()["video_history"].items.first { $0["runId"].string == run(name) } ?? .null
    }

    func rebuild() async throws -> Reply {
        let reply = try await server.send(.POST, "\(target)/rebuild")
        try requireStatus(reply, 200)
        return reply
    }
}
