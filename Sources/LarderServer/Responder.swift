import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Takes a request to its face and turns whatever goes wrong into the one error shape.
struct Responder: Sendable {
    let context: ServerContext

    /// Never throws: an error is an answer.
    func answer(_ request: RequestHead, _ body: IncomingBody) async -> (answer: Answer, face: RequestMetrics.Face) {
        if let preflight = context.cors.preflight(request) { return (preflight, .other) }
        var (answer, face) = await plainAnswer(request, body)
        context.cors.addFields(request, to: &answer.headers)
        return (answer, face)
    }

    private func plainAnswer(_ request: RequestHead, _ body: IncomingBody) async -> (Answer, RequestMetrics.Face) {
        var face = RequestMetrics.Face.other
        do {
            let targetMax = context.gate.limits.url
            guard request.targetSize <= targetMax.bytes else {
                throw LarderError(
                    .targetTooLong, "The request target is longer than \(targetMax), the limit here.", limit: .url)
            }
            let route = try Router.route(request)
            face = route.face
            let limiter = context.limiter(request)
            if let refusal = limiter?.admit() {
                let answer = context.refuse(refusal, face)
                return (request.method == .HEAD ? answer.withoutBody : answer, face)
            }
            body.count = limiter.map { limiter in { limiter.spend(bytes: $0) } }
            let answer = try await answer(route, request, body)
            limiter?.spend(bytes: answer.sentBytes)
            // A body behind the head of a HEAD's answer would be read as the next answer.
            return (request.method == .HEAD ? answer.withoutBody : answer, face)
        } catch {
            return (failure(error, request, face), face)
        }
    }

    private func answer(_ route: Route, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        switch route {
        case .entry(let face, let name):
            return try await EntryService(context: context).answer(face, name, request, body)
        case .netlifyAPIEntry(let name, let isLegacy):
            return try await NetlifyAPI(context: context).answer(name, isLegacy: isLegacy, request)
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
        case .audit: return try await AuditFace(context: context).answer(request)
        case .rollAdminToken: return try await SecretsFace(context: context).rollAdminToken(request)
        case .rotateSigningKey: return try await SecretsFace(context: context).rotateSigningKey(request, body)
        case .tokens(let id): return try await TokenFace(context: context).tokens(id, request, body)
        case .jobs(let route): return try await AdminFace(context: context).answer(route, request, body)
        case .sign: return try await SignFace(context: context).answer(request, body)
        case .session: return try await SessionFace(context: context).answer(request, body)
        case .growth: return try await GrowthFace(context: context).answer(request)
        case .console(let path): return try ConsoleFace().answer(path, request)
        case .server(let route): return try await HealthFace(context: context).answer(route, request)
        }
    }

    func failure(_ error: any Error, _ request: RequestHead, _ face: RequestMetrics.Face) -> Answer {
        let error = LarderError.wrapping(error)
        context.gate.refused(error.limit)
        if ErrorTable.status(error.code).code >= 500 {
            context.logger.error(
                "request failed",
                metadata: [
                    "id": "\(request.id)", "method": "\(request.method.rawValue)",
                    "path": "\(request.path.prefix(200))",
                    "code": "\(error.code.rawValue)", "cause": "\(error.cause ?? error.message)",
                ])
        }
        var answer = Answer.error(error, onNetlifyFace: face == .netlify || face == .other)
        if error.code == .methodNotAllowed, let methods = try? Router.route(request).methods {
            answer.headers.add(name: "allow", value: methods.map(\.rawValue).joined(separator: ", "))
        }
        return request.method == .HEAD ? answer.withoutBody : answer
    }
}

extension ServerContext {
    /// The answer to a request that comes too soon, counted.
    func refuse(_ refusal: RateLimiter.Refusal, _ face: RequestMetrics.Face) -> Answer {
        metrics.rateLimited[refusal.kind]?.add()
        return .rateLimited(refusal, onNetlifyFace: face == .netlify)
    }
}
