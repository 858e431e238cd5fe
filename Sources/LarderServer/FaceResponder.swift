import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// What the faces are to the wire.
struct FaceResponder: HTTPResponder {
    let context: ServerContext

    func exchange(for request: RequestHead) -> Exchange {
        let fast = FastPath(context: context)
        guard fast.isCandidate(request) else { return task(request) }
        switch fast.decide(request) {
        case .answer(let answer, let face): return Exchange(face.label, .answer(answer))
        case .write(let write):
            return Exchange(
                write.face.label,
                .collect(
                    limit: BlobStore.smallMax, take: { body, done in fast.start(write, body, done: done) },
                    fallback: work(request)))
        case .follow(let subject, let after, let fields):
            // A signature bounds itself by its expiry, which is checked when the follower comes (back).
            let principal = try? context.principal(request)
            return Exchange(
                RequestMetrics.Face.progress.label,
                .follow { output in
                    RunStream(subject, after: after, context: context, fields: fields, output: output) {
                        principal.map { context.isStillValid($0) } ?? true
                    }
                })
        case .pass: return task(request)
        }
    }

    private func task(_ request: RequestHead) -> Exchange {
        let isRouted =
            request.targetSize <= context.gate.limits.url.bytes && context.cors.preflight(request) == nil
        let face = isRouted ? (try? Router.route(request))?.face : nil
        return Exchange((face ?? .other).label, .task(work(request)))
    }

    private func work(_ request: RequestHead) -> Exchange.Task {
        { body in await Responder(context: context).answer(request, body).answer }
    }

    func refusal(_ error: LarderError) -> Answer { .error(error, onNetlifyFace: true) }

    func finished(_ exchange: FinishedExchange) {
        let request = exchange.request, face = RequestMetrics.Face(exchange.label)
        if let failure = exchange.failure {
            _ = Responder(context: context).failure(failure, request, face)
            return
        }
        context.metrics.observe(
            face, request.method, exchange.status, exchange.duration, bytesOut: exchange.bytesOut)
        guard !exchange.isOnLoop else { return context.metrics.fastPath.add() }
        context.logger.debug(
            "request",
            metadata: [
                "id": "\(request.id)", "method": "\(request.method.rawValue)", "path": "\(request.path.prefix(200))",
                "client": "\(request.client.map(\.description) ?? "-")", "status": "\(exchange.status.code)",
                "ms": "\(Int(exchange.duration.seconds * 1000))",
            ])
    }
}
