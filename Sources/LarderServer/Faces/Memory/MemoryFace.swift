import Access
import LarderHTTP
import LarderModel
import LearningMemory
import NIOCore
import NIOHTTP1

/// The memory face (contract §4.4).
struct MemoryFace {
    let context: ServerContext

    /// The largest body: a rating is at most 1 KB, a run little more, and preferences are no book.
    private static let bodyMax = 64 << 10

    func answer(_ route: MemoryRoute, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        switch route.part {
        case nil: return try await document(route, request)
        case .runs:
            let name = try name(route, request, .write, method: .POST)
            let (json, isNew) = try await context.memory.record(try await collect(body), name)
            return .json(isNew ? .created : .ok, json)
        case .ratings:
            let name = try name(route, request, .write, method: .POST)
            // A rating is an entry of the evals store, too.
            _ = try context.authorizeStore(request, .write, try MemoryService.evaluationStore(of: name.store))
            let rated = try await context.memory.rate(try await collect(body), name)
            // The evaluation's own fields, then whether it counts yet.
            let json = rated.json.dropLast() + Array(#","counted":\#(rated.isCounted)}"#.utf8)
            return .json(rated.isNew ? .created : .ok, Array(json))
        case .preferences:
            let name = try name(route, request, .write, method: .PATCH)
            let type = MediaType.essence(request.field("content-type") ?? "")
            guard type == "application/merge-patch+json" || type == MediaType.json else {
                throw LarderError(.unsupportedMediaType, "PATCH takes application/merge-patch+json (RFC 7396).")
            }
            return .json(.ok, try await context.memory.prefer(try await collect(body), name))
        case .suggestions: return try await suggestions(route, request)
        case .rebuild:
            let name = try name(route, request, .write, method: .POST)
            try await context.memory.rebuild(name)
            return try await read(name, request)
        }
    }

    /// The memory, if the request may touch it, by this method.
    private func name(_ route: MemoryRoute, _ request: RequestHead, _ scope: Scope, method: HTTPMethod...)
        throws(LarderError) -> MemoryName
    {
        guard method.contains(request.method) else {
            throw EntryService.wrongMethod(request, allowed: method.map(\.rawValue).joined(separator: ", "))
        }
        return try Self.name(route, request, scope, context)
    }

    typealias Scope = Principal.Scope

    static func name(_ route: MemoryRoute, _ request: RequestHead, _ scope: Scope, _ context: ServerContext)
        throws(LarderError) -> MemoryName
    {
        let store = try StoreName(try request.queryText("store") ?? MemoryRoute.storeName)
        _ = try MemoryService.evaluationStore(of: store)
        let site =
            scope == .read
            ? try context.authorizeRead(request, store).0 : try context.authorizeStore(request, scope, store).0
        return MemoryName(site: site, store: store, project: route.project)
    }

    private func collect(_ body: IncomingBody) async throws -> [UInt8] {
        let bytes = try await body.collect(limit: Self.bodyMax)
        context.metrics.bytesIn.add(Int64(bytes.count))
        return bytes
    }

    // MARK: Reading

    private func document(_ route: MemoryRoute, _ request: RequestHead) async throws -> Answer {
        if request.method == .DELETE {
            let name = try name(route, request, .write, method: .DELETE)
            guard try await context.memory.forget(name) else {
                throw LarderError(.notFound, "Nothing is remembered of the project '\(route.project)'.")
            }
            return Answer(.noContent)
        }
        let name = try self.name(route, request, .read, method: .GET, .HEAD)
        if request.method == .GET, request.wantsEventStream {
            return try MemoryStream(context: context).answer(name, request)
        }
        return try await read(name, request)
    }

    private func read(_ name: MemoryName, _ request: RequestHead) async throws -> Answer {
        if let content = try await context.memory.document(name) {
            return try EntryAnswer.make(content, for: request) { _ in }
        }
        let answer = Answer.json(.ok, MemoryService.emptyDocument)
        return request.method == .HEAD ? answer.withoutBody : answer
    }

    private func suggestions(_ route: MemoryRoute, _ request: RequestHead) async throws -> Answer {
        let name = try name(route, request, .read, method: .GET, .HEAD)
        guard let count = Int(try request.queryText("count") ?? "3"), (1...Suggester.countMax).contains(count) else {
            throw LarderError(.malformedRequest, "count is a whole number from 1 to \(Suggester.countMax).")
        }
        let seed: UInt64
        if let text = try request.queryText("seed") {
            guard let number = UInt64(text) else {
                throw LarderError(.malformedRequest, "seed is a whole number from 0 to \(UInt64.max).")
            }
            seed = number
        } else {
            // JSON readers hold whole numbers up to 2^53.
            seed = UInt64.random(in: 0..<1 << 53)
        }
        let halfLife = try request.queryText("halfLife").map { text throws(LarderError) in
            guard let duration = Duration(parsing: text) else {
                throw LarderError(.malformedRequest, "halfLife is a duration such as 30d.")
            }
            return duration
        }
        let suggestions = try await context.memory.suggest(name, count: count, seed: seed, halfLife: halfLife)
        var out = JSONWriter()
        out.openObject()
        out.name("suggestions")
        out.array(suggestions) { $1.write(to: &$0) }
        out.field("seed", seed)
        out.closeObject()
        let answer = Answer.json(.ok, out.bytes)
        return request.method == .HEAD ? answer.withoutBody : answer
    }
}
