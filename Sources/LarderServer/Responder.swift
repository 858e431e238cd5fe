import LarderModel
import NIOHTTP1

/// Takes a request to its face and turns whatever goes wrong into the one error shape.
struct Responder: Sendable {
    let context: ServerContext

    /// Never throws: an error is an answer.
    func answer(_ request: RequestHead, _ body: IncomingBody) async -> (answer: Answer, face: RequestMetrics.Face) {
        var face = RequestMetrics.Face.other
        do {
            let targetMax = context.gate.limits.url
            guard request.path.utf8.count + request.query.utf8.count <= targetMax.bytes else {
                throw LarderError(.targetTooLong, "The request target is longer than \(targetMax), the limit here.", limit: .url)
            }
            let route = try Router.route(request)
            face = route.face
            return (try await answer(route, request, body), face)
        } catch {
            return (failure(error, request, face), face)
        }
    }

    private func answer(_ route: Route, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        switch route {
        case .entry(let face, let name): return try await EntryService(context: context).answer(face, name, request, body)
        case .netlifyAPIEntry(let name, let isLegacy): return try await NetlifyAPI(context: context).answer(name, isLegacy: isLegacy, request)
        case .netlifyStore(let site, let store):
            switch request.method {
            case .GET: return try await NetlifyLists(context: context).list(site, store, request)
            case .DELETE: return try await NetlifyLists(context: context).deleteAll(site, store, request)
            case .PUT, .HEAD: throw LarderError(.invalidKey, "The key is empty; name the entry after the store.")
            default: throw EntryService.wrongMethod(request, allowed: "GET, DELETE")
            }
        case .netlifySite(let site):
            guard request.method == .GET else { throw EntryService.wrongMethod(request, allowed: "GET") }
            return try await NetlifyLists(context: context).stores(site, request)
        case .nativeStores: return try await NativeStores(context: context).stores(request)
        case .nativeStore(let store): return try await NativeStores(context: context).store(store, request)
        case .nativeEntries(let store): return try await NativeStores(context: context).entries(store, request)
        case .memory(let route): return try await MemoryFace(context: context).answer(route, request, body)
        case .progress(let route): return try await ProgressFace(context: context).answer(route, request, body)
        case .tokens(let id): return try await TokenFace(context: context).tokens(id, request, body)
        case .jobs(let route): return try await AdminFace(context: context).answer(route, request, body)
        case .sign: return try await TokenFace(context: context).sign(request, body)
        case .session: return try await SessionFace(context: context).answer(request, body)
        case .growth: return try await GrowthFace(context: context).answer(request)
        case .console(let path): return try ConsoleFace().answer(path, request)
        case .health: return HealthFace(context: context).health()
        case .ready: return HealthFace(context: context).ready()
        case .version: return HealthFace(context: context).version()
        case .metrics: return try await HealthFace(context: context).metrics(request)
        }
    }

    func failure(_ error: any Error, _ request: RequestHead, _ face: RequestMetrics.Face) -> Answer {
        let error = LarderError.wrapping(error)
        context.gate.refused(error.limit)
        if ErrorTable.status(error.code).code >= 500 {
            context.logger.error(
                "request failed",
                metadata: [
                    "id": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.path.prefix(200))",
                    "code": "\(error.code.rawValue)", "cause": "\(error.cause ?? error.message)",
                ])
        }
        let answer = Answer.error(error, onNetlifyFace: face == .netlify || face == .other)
        return request.method == .HEAD ? answer.withoutBody : answer
    }
}
