import NIOHTTP1
import Testing

/// One run of the progress face, under a name that no other test uses.
struct ProgressRun: Sendable {
    let server: LarderProcess
    let project: String
    let run: String

    init(on server: LarderProcess, project: String = Fresh.name("project-"), run: String = Fresh.name("run-")) {
        self.server = server
        self.project = project
        self.run = run
    }

    var target: String { "/v1/progress/\(project)/\(run)" }
    /// The key of its array view.
    var key: String { "projects/\(project)/runs/\(run)/progress.json" }

    @discardableResult
    func append(_ body: String, _ headers: KeyValuePairs<String, String> = ["content-type": "application/json"])
        async throws -> Reply
    {
        try await server.send(.POST, target, headers, .text(body))
    }

    /// Appends events `{"n":first}` to `{"n":last}` in one request.
    func appendNumbers(_ numbers: ClosedRange<Int>) async throws {
        try requireStatus(
            try await append("[" + numbers.map { "{\"n\":\($0)}" }.joined(separator: ",") + "]"), 200, 201)
    }

    func read(_ query: String = "") async throws -> JSON {
        let reply = try await server.get(target + (query.isEmpty ? "" : "?" + query), ["accept": "application/json"])
        try requireStatus(reply, 200)
        return try reply.json
    }

    /// The field `n` of every kept event.
    func numbers() async throws -> [Int] { try await read()["events"].items.compactMap { $0["event"]["n"].int } }

    /// The array view, on the edge path.
    func array(_ store: String = "progress") -> String { Netlify.edge(store, key) }

    /// What a client that reads, adds and writes back sends.
    static func json(_ numbers: some Sequence<Int>) -> String {
        "[" + numbers.map { "{\"n\":\($0)}" }.joined(separator: ",") + "]"
    }

    static let finished = #"{"agent":"completed","status":"completed","progress":100}"#
    static let failed = #"{"agent":"pipeline","status":"failed"}"#
}
