import Access
import LarderHTTP
import LarderModel
import LearningMemory
import NIOHTTP1

/// `/v1/memory/{project}/{part}`: what changes a memory, and what it suggests.
enum MemoryParts {
    static let kinds = [runs, ratings, preferences, suggestions, rebuild]

    private static let write = Right<Identifier>.store(.write, MemoryPlace.store)

    private static let runs = ResourceKind<Identifier>(
        "runs",
        [
            .task(.POST, by: write) { project, call, body in
                let name = try MemoryPlace.name(project, call)
                let (json, isNew) = try await call.server.memory.record(try await body.collect(limit: bodyMax), name)
                return .json(isNew ? .created : .ok, json)
            }
        ])

    private static let ratings = ResourceKind<Identifier>(
        "ratings",
        [
            .task(.POST, by: write) { project, call, body in
                let name = try MemoryPlace.name(project, call)
                // A rating is an entry of the evals store, too.
                _ = try call.site(for: .write, try MemoryService.evaluationStore(of: name.store))
                let rated = try await call.server.memory.rate(try await body.collect(limit: bodyMax), name)
                var json = JSONWriter()
                json.object { json in
                    // The evaluation's own fields, then whether it counts yet.
                    json.members(raw: rated.json.dropFirst().dropLast())
                    json.field("counted", rated.isCounted)
                }
                return .json(rated.isNew ? .created : .ok, json.bytes)
            }
        ])

    private static let preferences = ResourceKind<Identifier>(
        "preferences",
        [
            .task(.PATCH, by: write) { project, call, body in
                try call.request.checkMergePatch()
                let name = try MemoryPlace.name(project, call)
                return .json(.ok, try await call.server.memory.prefer(try await body.collect(limit: bodyMax), name))
            }
        ])

    private static let suggestions = ResourceKind<Identifier>(
        "suggestions",
        [
            .task(.GET, .HEAD, by: .storeOrSigned(.read, MemoryPlace.store)) { project, call, _ in
                try await suggest(try MemoryPlace.name(project, call), call)
            }
        ])

    private static let rebuild = ResourceKind<Identifier>(
        "rebuild",
        [
            .task(.POST, by: write) { project, call, _ in
                let name = try MemoryPlace.name(project, call)
                try await call.server.memory.rebuild(name)
                return try await MemoryDocument.read(name, call)
            }
        ])

    /// The largest body: a rating is at most 1 KB, a run little more, and preferences are no book.
    private static let bodyMax = 64 << 10

    // MARK: Suggestions

    /// `?count&seed&halfLife`
    private static func suggest(_ name: MemoryName, _ call: Call) async throws -> Answer {
        let request = call.request
        guard let count = Int(try request.queryText("count") ?? "3"), (1...Suggester.countMax).contains(count) else {
            throw LarderError(.malformedRequest, "count is a whole number from 1 to \(Suggester.countMax).")
        }
        let seed = try seed(request), halfLife = try halfLife(request)
        let suggestions = try await call.server.memory.suggest(name, count: count, seed: seed, halfLife: halfLife)
        var json = JSONWriter()
        json.object { json in
            json.name("suggestions")
            json.array(suggestions) { $1.write(to: &$0) }
            json.field("seed", seed)
        }
        return .json(.ok, json.bytes)
    }

    private static func seed(_ request: RequestHead) throws(LarderError) -> UInt64 {
        // JSON readers hold whole numbers up to 2^53.
        guard let text = try request.queryText("seed") else { return UInt64.random(in: 0..<1 << 53) }
        guard let seed = UInt64(text) else {
            throw LarderError(.malformedRequest, "seed is a whole number from 0 to \(UInt64.max).")
        }
        return seed
    }

    private static func halfLife(_ request: RequestHead) throws(LarderError) -> Duration? {
        guard let text = try request.queryText("halfLife") else { return nil }
        guard let duration = Duration(parsing: text) else {
            throw LarderError(.malformedRequest, "halfLife is a duration such as 30d.")
        }
        return duration
    }
}
