import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1
import Vaults

extension Face {
    /// `/v1/search`: questions to vaults.
    static let search = Face(
        label: "search", errors: .json,
        routes: [Route("/v1/search", credentials: [.token, .cookie], crossOrigin: .listed, SearchPage.kind)])
}

/// `POST /v1/search`, and `GET /v1/search?store=&prefix=&q=&k=&mode=` for short questions.
private enum SearchPage {
    static let kind = ResourceKind<Void>(
        "search",
        [
            .task(.POST, by: Right(permit: read)) { _, call, body in
                let text = try await body.collect(limit: bodyMax)
                let asked = try QuestionReader(text, depth: call.server.blobs.jsonDepth, site: call.permit.site)
                return try await answer(asked.question, asked.rendering, call)
            },
            .task(.GET, .HEAD, by: Right(permit: read)) { _, call, _ in
                try await answer(try question(call), nil, call)
            },
        ])

    /// Room for a question's text and a vector of the most numbers there are, as JSON.
    private static let bodyMax = 256 << 10

    @Sendable private static func read(_: Void, _ caller: Caller) throws(LarderError) -> Permit {
        try caller.permit(.read)
    }

    private static func answer(_ question: Question, _ rendering: Rendering?, _ call: Call) async throws -> Answer {
        for scope in question.scopes { _ = try call.site(for: .read, scope.store) }
        let found = try await call.server.vaults.search(question)
        var json = JSONWriter()
        found.write(to: &json, rendered: rendering.map { ($0, call.server.blobs.now) })
        return .json(.ok, json.bytes)
    }

    private static func question(_ call: Call) throws(LarderError) -> Question {
        let request = call.request
        guard let store = try request.queryText("store") else {
            throw LarderError(.malformedRequest, "store is missing: the vault to search.")
        }
        guard let text = try request.queryText("q"), !text.isEmpty else {
            throw LarderError(.malformedRequest, "q is missing: the text to search for.")
        }
        let prefix = try request.queryText("prefix") ?? ""
        var question = Question(
            site: call.permit.site, scopes: [Question.Scope(store: try StoreName(store), prefix: Array(prefix.utf8))])
        question.text = try QuestionReader.text(text)
        if let text = try request.queryText("k") { question.count = try QuestionReader.count(Int64(text)) }
        if let text = try request.queryText("mode") { question.mode = try QuestionReader.mode(text) }
        return question
    }
}
